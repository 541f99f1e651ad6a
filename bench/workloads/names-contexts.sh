# about: stat of a file while 0, 100 and 400 processes differ in directory and umask (contexts)
# group: scale
# parts: 0 100 400
# axis: other contexts
# unit: us
# expect: 0 100 400
seen=
running=0
for count in 0 100 400; do
	for ((; running < count; running++)); do
		mkdir "d$running"
		(cd "d$running" && umask $(((running % 8) * 10)) && exec sleep 1000) &
	done
	seen="$seen $(jobs -pr | wc -l)"
	operation $count stat-hit
done
# shellcheck disable=SC2046
[ $running = 0 ] || kill $(jobs -pr)
echo ${seen# }
