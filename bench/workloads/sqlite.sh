# about: sqlite: 50 transactions and 50,000 rows in one
# expect: 50050 1250025000
begin
{
	echo 'create table t (id integer primary key, v integer, w text);'
	for ((i = 0; i < 50; i++)); do echo "insert into t (v, w) values (0, 'row $i');"; done
	echo 'begin; with recursive n(i) as (select 1 union all select i + 1 from n where i < 50000)'
	echo "insert into t (v, w) select i, 'bulk ' || i from n; commit;"
	echo 'create index w on t (w); select count(*) || " " || sum(v) from t;'
} | sed 's/" "/'"' '"'/' | sqlite3 test.db
end
