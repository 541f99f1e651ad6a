# about: PostgreSQL 15: initdb, pgbench over a unix socket, kill -9 of the postmaster, recovery
# category: databases
# rootfs: servers
# needs: pg_ctlcluster runuser
# timeout: 150
B=$(echo /usr/lib/postgresql/*/bin); mkdir pg; chown postgres pg; cd pg; export LANG=C.UTF-8
as() { runuser -u postgres -- "$@"; }
as $B/initdb -D d -A trust > log 2>&1 || { cat log; exit 1; }
as $B/pg_ctl -D d -o "-k /scratch/pg -c listen_addresses=" -w -l log2 start > /dev/null || { cat log2; exit 1; }
Q="as $B/psql -h /scratch/pg -At"; as $B/pgbench -h /scratch/pg -i -s 2 -q postgres > /dev/null 2>&1
as $B/pgbench -h /scratch/pg -c 4 -j 2 -t 200 postgres 2>&1 | grep -e 'number of transactions actually' -e failed
$Q -c "create table t as select g id, md5(g::text) m from generate_series(1, 20000) g; create index on t (m); analyze t" postgres
$Q -c "select count(*), max(m) from t; select count(*) from pgbench_history; set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set min_parallel_table_scan_size = 0; select sum(length(m)) from t" postgres
kill -9 $(head -1 d/postmaster.pid); sleep 1; as $B/pg_ctl -D d -o "-k /scratch/pg -c listen_addresses=127.0.0.1" -w -t 60 -l log3 start > /dev/null || { cat log3; exit 1; }
grep -c 'automatic recovery' log3; as $B/psql -h 127.0.0.1 -At -c "select count(*) from t; copy t to '/scratch/pg/out'; select pg_size_pretty(pg_relation_size('t')) <> ''; listen x; notify x" postgres | sed 's/PID [0-9]*//'; sha256sum out; as $B/pg_dump -h /scratch/pg postgres | grep -c -e '^COPY'; as $B/pg_ctl -D d -m fast stop
