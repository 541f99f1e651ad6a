# about: expect: dialogues over pseudo terminals, passwords, su
# category: editors and terminals
# rootfs: tools
# needs: expect
cat > t.exp <<'END'
set timeout 10; log_user 0
spawn sh -c {printf "name? "; read n; stty -echo; printf "secret? "; read s; stty echo; echo; echo "<$n:$s>"; exit 3}
expect "name? " {send "joe\r"}; expect "secret? " {send "x y\r"}; expect -re {<(.*)>} {puts "got $expect_out(1,string)"}
expect eof; puts [lindex [wait] 3]
spawn bc -q; foreach q {2^64 17/5} {send "$q\r"; expect -re {\n([0-9]+)\r} {puts $expect_out(1,string)}}; send "\004"; expect eof; wait
spawn cat; send "one\003"; expect eof; puts [lrange [wait] 2 end]
END
expect t.exp
(sleep 0.5; echo secret; sleep 0.3; echo secret; sleep 0.3) | script -qec 'passwd nobody' /dev/null | tail -1 | tr -d '\r' | sed 's/.*: //'
getent shadow nobody | cut -c 1-10
