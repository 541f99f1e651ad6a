# about: redis-server and redis-cli over a unix socket, with persistence
# category: caches, queues and services
# smoke: yes
# needs: redis-server redis-cli
# normalise: s/^[0-9]+:[MCSX] .*//
cat > redis.conf <<'END'
port 0
unixsocket /scratch/redis.sock
unixsocketperm 700
dir /scratch
save ""
appendonly yes
daemonize no
logfile /scratch/log
END
redis-server redis.conf &
server=$!
cli() { redis-cli -s /scratch/redis.sock "$@"; }
i=0
until cli ping > /dev/null 2>&1; do
	i=$((i + 1))
	[ $i -lt 100 ] || { cat log; exit 1; }
	sleep 0.1
done
cli ping
cli set key value
cli get key
cli incrby n 41
cli incr n
seq 1 1000 | sed 's/.*/rpush list &/' | cli > /dev/null
cli llen list
cli lrange list 997 -1
cli eval 'return redis.call("get", KEYS[1]) .. "!"' 1 key
redis-benchmark -s /scratch/redis.sock -q -n 5000 -c 20 -t set,get > bench
grep -c 'requests per second' bench
cli save
cli bgsave > /dev/null
sleep 1
cli info persistence | tr -d '\r' | grep -e rdb_last_bgsave_status -e aof_enabled
cli shutdown
wait $server
echo "server ended with $?"
test -s dump.rdb && echo dumped
redis-server redis.conf &
until cli ping > /dev/null 2>&1; do sleep 0.1; done
cli llen list
kill $!
wait $! || true
ls
