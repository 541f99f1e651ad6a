# about: Mosquitto: publish, subscribe, retained messages, a password file; etcd: put, get, watch
# category: caches, queues and services
# rootfs: servers
# needs: mosquitto mosquitto_pub etcd etcdctl
# timeout: 60
mosquitto_passwd -c -b pw joe x; printf 'listener 1883 127.0.0.1\npassword_file /scratch/pw\npersistence true\npersistence_location /scratch/\nuser root\n' > c; mosquitto -c c -d > /dev/null 2>&1; sleep 1; A="-h 127.0.0.1 -u joe -P x"
mosquitto_sub $A -t 'a/#' -C 3 -W 20 & sleep 0.5; for i in 1 2 3; do mosquitto_pub $A -t a/b -m m$i -q 1; done; wait $!; mosquitto_pub $A -t r -m kept -r; mosquitto_sub $A -t r -C 1 -W 20; mosquitto_pub -h 127.0.0.1 -t x -m y 2>&1 || echo refused; pkill mosquitto
etcd --data-dir /scratch/e --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380 > elog 2>&1 & E=$!; export ETCDCTL_API=3; i=0; until etcdctl endpoint health > /dev/null 2>&1; do sleep 0.3; i=$((i + 1)); [ $i -lt 60 ] || { tail elog; exit 1; }; done
etcdctl watch k > w & W=$!; sleep 0.5; for i in $(seq 20); do etcdctl put k $i > /dev/null; done; etcdctl get k; sleep 0.5; kill $W; grep -c PUT w; kill $E; wait $E || echo ended
