# about: 500 times fork and exec of true, from sh
# expect: done
begin
sh -c 'i=0; while [ $i -lt 500 ]; do /bin/true; i=$((i + 1)); done'
end
echo "done"
