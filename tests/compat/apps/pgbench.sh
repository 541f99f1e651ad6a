# about: PostgreSQL 15: pgbench for 60 s, the postmaster killed under load, recovery, a consistent database
# category: stress
# rootfs: servers
# needs: pg_ctlcluster runuser
# timeout: 180
B=$(echo /usr/lib/postgresql/*/bin); mkdir pg; chown postgres pg; cd pg; export LANG=C.UTF-8
as() { runuser -u postgres -- "$@"; }
start() { as $B/pg_ctl -D d -o "-k /scratch/pg -c listen_addresses= -c checkpoint_timeout=30" -w -t 60 -l $1 start > /dev/null 2>&1 || { cat $1; exit 1; }; }
consistent() { as $B/psql -h /scratch/pg -At -c 'select (select sum(abalance) from pgbench_accounts) = (select sum(delta) from pgbench_history), (select sum(bbalance) from pgbench_branches) = (select sum(delta) from pgbench_history), (select count(*) from pgbench_accounts), (select count(*) > 1000 from pgbench_history)' postgres; }
as $B/initdb -D d -A trust > log 2>&1 || { cat log; exit 1; }
start log1; as $B/pgbench -h /scratch/pg -i -s 5 -q postgres > /dev/null 2>&1
as $B/pgbench -h /scratch/pg -c 8 -j 2 -T 60 postgres 2>&1 | grep -e 'number of failed' -e 'number of clients'; consistent
as $B/pgbench -h /scratch/pg -c 8 -j 2 -T 30 postgres > /dev/null 2>&1 & L=$!; sleep 3; kill -9 $(head -1 d/postmaster.pid); wait $L || echo "clients were cut off"
sleep 1; start log2; grep -c 'automatic recovery' log2; consistent; as $B/pg_ctl -D d -m fast stop | tail -1
