# about: Postfix: a message delivered locally through its daemons
# category: caches, queues and services
# rootfs: servers
# needs: postfix sendmail
# timeout: 60
cd /; [ -f /etc/postfix/main.cf ] || cp /usr/share/postfix/main.cf.debian /etc/postfix/main.cf; useradd -m joe
postconf -e myhostname=box.test mydestination=box.test,localhost inet_interfaces=127.0.0.1 inet_protocols=ipv4 smtputf8_enable=no maillog_file=/var/log/mail alias_maps= home_mailbox=Maildir/ 2>&1; postconf -M -e 'postlog/unix-dgram=postlog unix-dgram n - n - 1 postlogd'; for s in pickup cleanup qmgr rewrite local smtp smtpd trivial-rewrite; do :; done; postfix start 2>/dev/null; sleep 2
printf 'Subject: one\n\nhello\n' | sendmail -f a@box.test joe; printf 'EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<joe@box.test>\r\nDATA\r\nSubject: two\r\n\r\nbye\r\n.\r\nQUIT\r\n' > /tmp/s; { while read -r l; do sleep 0.15; printf '%s\n' "$l"; done < /tmp/s; } | nc -q 3 127.0.0.1 25 | cut -c 1-3 | sort | uniq -c
i=0; until [ "$(ls /home/joe/Maildir/new 2>/dev/null | wc -l)" = 2 ] || [ $i -gt 60 ]; do sleep 0.3; i=$((i + 1)); done; cat /home/joe/Maildir/new/* | grep -h -e ^Subject | sort; ls -l /home/joe/Maildir/new | awk 'NR > 1 {print $1, $3}'; mailq | tail -1; postfix stop 2>/dev/null
