# about: find over /usr, every file asked for its size
# expect: [1-9][0-9]{4,}
begin
files=$(find /usr -type f -size +0 | wc -l)
end
echo "$files"
