# about: stress-ng: 114 stressors of files, processes, signals, pipes, memory; each verifies itself
# category: stress
# rootfs: tools
# needs: stress-ng
# timeout: 400
# The exceptions, with reasons, are in tests/compat/src/stress-ng.exceptions.
sed -e 's/#.*//' -e 's/ .*//' -e '/^$/d' /src/stress-ng.exceptions > except
grep -v -x -F -f except /src/stress-ng.list > run
while read -r s; do
	if timeout 20 stress-ng --$s 1 --timeout 1 --$s-ops 10 --temp-path /scratch --verify > out 2>&1 < /dev/null
	then echo "ok $s"
	else echo "not ok $s $?"; grep -e fail -e error -e 'not ' out | grep -v 'no CPUs found' | head -3 | sed 's/\[[0-9]*\]//'
	fi
done < run
