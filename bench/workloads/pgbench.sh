# about: PostgreSQL: pgbench, 2 clients, 200 transactions each; time per transaction
# unit: ms
# expect: 400 400
cp -a /bench/data/postgres /work/postgres
chown postgres /work
bin=$(echo /usr/lib/postgresql/*/bin)
as() { setpriv --reuid=postgres --regid=postgres --clear-groups env HOME=/work "$@"; }
as "$bin/pg_ctl" -s -w -D /work/postgres -l /work/log -o '-k /work -c listen_addresses=' start \
	>/dev/null
begin
as "$bin/pgbench" -h /work -n -c 2 -j 1 -t 200 postgres >report 2>/dev/null
end
per 400
done=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' report)
rows=$(as "$bin/psql" -h /work -At -c 'select count(*) from pgbench_history' postgres)
as "$bin/pg_ctl" -s -D /work/postgres -m immediate stop >/dev/null
echo "$done $rows"
