# about: SQLite's CLI: a 100 MB database under WAL, written and read by 4 processes
# category: databases
# needs: sqlite3
# timeout: 120
sqlite3 db "pragma journal_mode=wal; create table t (id integer primary key, who int, pad blob);"
for w in 1 2 3 4; do
	sqlite3 db ".timeout 60000" "with recursive n(x) as (select 1 union all select x + 1 from n where x < 6000)
		insert into t (who, pad) select $w, zeroblob(4000) from n;" > err$w 2>&1 &
done
wait
for w in 1 2 3 4; do
	( i=0; while [ $i -lt 10 ]; do sqlite3 db ".timeout 60000" "begin immediate; insert into t (who, pad) values ($w, randomblob(10)); commit; select count(*) > 0 from t;" | tail -1; i=$((i + 1)); done > seen$w ) &
done
wait
cat err? seen? | sort | uniq -c
sqlite3 db "select who, count(*), sum(length(pad)) from t group by who; pragma integrity_check; pragma wal_checkpoint(truncate);"
ls -l db* | awk '{print ($5 > 90000000), $9}'
sqlite3 db ".dump" | grep -c INSERT
sqlite3 copy "pragma journal_mode=delete;" ".restore db" "vacuum; select count(*) from t;" ; sqlite3 db ".backup b2"; sqlite3 b2 "select count(*) from t"
