# about: fork and exec of true by 1, 2, 4 and 8 parallel shells in one container; time per exec
# group: scale
# parts: 1 2 4 8
# axis: parallel shells
# unit: us
# expect: done
shell='i=0; while [ $i -lt 60 ]; do /bin/true; i=$((i + 1)); done'
for shells in 1 2 4 8; do
	spent=0
	begin
	for ((i = 0; i < shells; i++)); do sh -c "$shell" & done
	wait
	end
	figure $shells "$spent / 1000000 / ($shells * 60)"
done
echo "done"
