# about: PostgreSQL: pgbench, 2 clients, 200 transactions each; time per transaction
# unit: ms
# expect: 400 400
cp -a /bench/data/postgres /scratch/postgres
chown postgres /scratch
bin=$(echo /usr/lib/postgresql/*/bin)
as() { setpriv --reuid=postgres --regid=postgres --clear-groups env HOME=/scratch "$@"; }
as "$bin/pg_ctl" -s -w -D /scratch/postgres -l /scratch/log -o '-k /scratch -c listen_addresses=' start \
	>/dev/null
begin
as "$bin/pgbench" -h /scratch -n -c 2 -j 1 -t 200 postgres >report 2>/dev/null
end
per 400
done=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' report)
rows=$(as "$bin/psql" -h /scratch -At -c 'select count(*) from pgbench_history' postgres)
as "$bin/pg_ctl" -s -D /scratch/postgres -m immediate stop >/dev/null
echo "$done $rows"
