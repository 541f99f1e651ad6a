# about: stat of a file while 0, 100 and 400 other processes live in the container
# group: scale
# parts: 0 100 400
# axis: other processes
# unit: us
# expect: 0 100 400
seen=
running=0
for count in 0 100 400; do
	for ((; running < count; running++)); do sleep 1000 & done
	seen="$seen $(jobs -pr | wc -l)"
	operation $count stat-hit
done
# shellcheck disable=SC2046
[ $running = 0 ] || kill $(jobs -pr)
echo ${seen# }
