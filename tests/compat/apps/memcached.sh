# about: memcached over TCP and a unix socket, beanstalkd
# category: caches, queues and services
# rootfs: servers
# needs: memcached beanstalkd nc
memcached -u nobody -l 127.0.0.1 -p 11211 -t 4 & memcached -u nobody -s /tmp/mc -a 777 & beanstalkd -l 127.0.0.1 -p 11300 -b /scratch & sleep 1
printf 'set k 0 0 5\r\nhello\r\nget k\r\nincr n 1\r\nset n 0 0 1\r\n5\r\nincr n 37\r\nquit\r\n' | nc -q 2 127.0.0.1 11211; printf 'set u 0 0 1\r\nx\r\nget u\r\nquit\r\n' | nc -U -q 2 /tmp/mc
{ for i in $(seq 1000); do printf 'set k%d 0 0 3\r\nabc\r\n' $i; done; printf 'stats\r\nquit\r\n'; } | nc -q 2 127.0.0.1 11211 | tr -d '\r' | grep -e 'STAT curr_items' -e 'STAT threads'
printf 'put 0 0 60 3\r\njob\r\nreserve\r\ndelete 1\r\nquit\r\n' | nc -q 2 127.0.0.1 11300
