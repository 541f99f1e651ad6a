# about: redis: SET and GET over TCP loopback, 50 clients; time per request
# unit: us
# expect: PONG 20000
redis-server --port 7001 --save '' --appendonly no --daemonize yes --loglevel warning >/dev/null
await redis-cli -p 7001 ping
begin
redis-benchmark -p 7001 -c 50 -n 10000 -t set,get -q >/dev/null
end
per 20000
calls=$(redis-cli -p 7001 info commandstats |
	sed -n 's/^cmdstat_[sg]et:calls=\([0-9]*\),.*/\1/p' | awk '{n += $1} END {print n}')
echo "$(redis-cli -p 7001 ping) $calls"
redis-cli -p 7001 shutdown nosave || true
