# about: dnsmasq and dig: answers over UDP and TCP, the resolver of the C library
# category: caches, queues and services
# rootfs: servers
# needs: dnsmasq dig
printf 'no-resolv\nno-hosts\nport=53\nlisten-address=127.0.0.1\nbind-interfaces\naddress=/box.test/10.1.2.3\ntxt-record=t.test,text\ncname=c.test,box.test\npid-file=/scratch/pid\nuser=root\n' > c; dnsmasq -C c; sleep 0.3; echo 'nameserver 127.0.0.1' > /etc/resolv.conf
dig +short @127.0.0.1 a.box.test; dig +short +tcp @127.0.0.1 t.test TXT; dig @127.0.0.1 none.invalid | grep -o 'status: [A-Z]*'; getent hosts www.box.test; for i in $(seq 50); do dig +short @127.0.0.1 x$i.box.test; done | sort | uniq -c; python3 -c 'import socket; print(socket.gethostbyname("py.box.test"))'; kill $(cat pid)
