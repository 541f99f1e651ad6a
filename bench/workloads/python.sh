# about: start of python3, 15 times
# expect: 15
count=0
begin
for ((i = 0; i < 15; i++)); do
	count=$((count + $(python3 -c 'import os, json; print(1)')))
done
end
echo $count
