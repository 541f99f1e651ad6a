# about: ksh, mksh and fish: pipelines, loops, traps, jobs
# category: shells and core tools
# rootfs: tools
# needs: ksh mksh fish
for shell in ksh mksh; do
	$shell -c 'integer n=0 2>/dev/null || n=0; for i in 1 2 3; do n=$((n + i)); done; echo $n
	trap "echo trapped" USR1; kill -USR1 $$; echo a b c | while read x rest; do echo "$rest"; done
	sleep 0.1 & wait $!; (exit 3); echo "status $?"; cd /usr/share; pwd; [[ -d /etc && ! -e /none ]] && echo tests
	typeset -i x=5; ((x += 2)); echo $x; print -r -- "a\\b"; ls /etc/pass* | wc -l'
done
HOME=/scratch fish -c 'set a 1 2 3; echo (count $a) $a[-1]; function f; echo in $argv; end; f x; for i in (seq 3); echo -n $i; end; echo
string upper hi; test -f /etc/passwd; and echo file; math 2 ^ 10; sleep 0.1 &; wait; echo done; cat /none 2>/dev/null; or echo status $status'
