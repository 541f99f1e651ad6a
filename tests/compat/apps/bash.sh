# about: bash: arrays, job control, process substitution, traps, coprocesses, globs
# category: shells and core tools
# rootfs: tools
# needs: bash
cat > t.bash <<'END'
set -m
declare -A m=([a]=1 [b]=2); for k in a b; do echo "$k=${m[$k]}"; done
diff <(seq 5) <(seq 2 6) || echo "differ $?"
coproc cat; echo through >&${COPROC[1]}; read -r line <&${COPROC[0]}; echo "$line"
exec {COPROC[1]}>&-; wait 2>/dev/null
trap 'echo usr1' USR1; kill -USR1 $$; trap 'echo exit trap' EXIT
sleep 30 & jobs %sleep | tr -s ' ' | cut -c 5-; kill %sleep; wait %sleep; echo "killed $?"
sleep 0.2 & wait -n; echo "waited $?"
shopt -s globstar nullglob; mkdir -p d/{x,y}/{1..3}; touch d/{x,y}/{1..3}/f; echo d/**/f
printf '%s\n' {a..e}{1..2} | paste -sd, ; echo "$BASHPID" | grep -c .
mapfile -t lines < /etc/shells; echo "${#lines[@]}"; read -r -t 0.1 < <(sleep 1) || echo "timed out $?"
ulimit -n 100; ulimit -n; (ulimit -f 1; head -c 10000 /dev/zero > big) 2>/dev/null; echo "$?"
echo $(( 2**40 )) "${PWD##*/}" "$((RANDOM >= 0))"; kill -l 15; time true 2>/dev/null
exec 5<>/dev/tcp/127.0.0.1/9 || echo refused
END
bash t.bash 2>err; grep -v -e '^$' -e real -e user -e sys err | sed -e "s/^\[.\]//" -e 's/line [0-9]*: *[0-9]*/line/'
