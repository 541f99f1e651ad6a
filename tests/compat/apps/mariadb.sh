# about: MariaDB: install, InnoDB transactions, several clients, kill -9, recovery
# category: databases
# rootfs: servers
# needs: mariadbd mariadb-install-db
# timeout: 150
# normalise: drop ^Killed$
mkdir m; chown mysql m; mariadb-install-db --user=mysql --datadir=/scratch/m --auth-root-authentication-method=normal > log 2>&1 || { tail log; exit 1; }
start() { mariadbd --no-defaults --user=mysql --datadir=/scratch/m --socket=/scratch/s --bind-address=127.0.0.1 --port=33060 --innodb-buffer-pool-size=64M > log2 2>&1 & P=$!; i=0; until mariadb-admin -S /scratch/s ping > /dev/null 2>&1; do sleep 0.3; i=$((i + 1)); [ $i -lt 150 ] || { tail -30 log2; exit 1; }; done; }
start; Q="mariadb -S /scratch/s -N"
$Q -e 'create database d; create table d.t (id int primary key auto_increment, v varchar(50), key (v)) engine=innodb; insert into d.t (v) select md5(seq) from mysql.help_topic join (select 1) x cross join (select help_topic_id seq from mysql.help_topic limit 20) y limit 5000' 2>&1 | head -3
p=; for i in 1 2 3 4; do $Q -e "$(for k in $(seq 100); do echo "insert into d.t (v) values ('c$i-$k');"; done)" & p="$p $!"; done; wait $p
$Q -e "select count(*) from d.t where v like 'c%'; begin; delete from d.t where v like 'c1-%'; rollback; select count(*), max(v) from d.t where v like 'c%'; check table d.t"
kill -9 $P; wait $P || echo killed $?; start; mariadb -h 127.0.0.1 -P 33060 -N -e "select count(*) from d.t where v like 'c%'"; mariadb-dump -S /scratch/s d | grep -c INSERT; mariadb-admin -S /scratch/s shutdown; wait $P; echo $?
