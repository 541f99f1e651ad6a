# about: curl, wget, vsftpd, iperf3, openssl s_server: transfers over the loopback
# category: web and proxies
# rootfs: servers
# needs: wget curl iperf3 openssl vsftpd
# timeout: 60
# equal: got one two
mkdir www; head -c 5000000 /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 > www/f 2>/dev/null; python3 -m http.server -d www -b 127.0.0.1 9100 2>/dev/null & sleep 1; wget -q -O got http://127.0.0.1:9100/f; curl -s -o one http://127.0.0.1:9100/f; cmp got www/f; wget -q -r -nH -P mirror http://127.0.0.1:9100/; ls mirror | sort; wget -q http://127.0.0.1:1/ || echo $?
useradd -m ftpu; echo ftpu:pw | chpasswd; mkdir -p /var/run/vsftpd/empty; cp www/f /home/ftpu/f; printf 'listen=YES\nlisten_address=127.0.0.1\nlisten_port=2121\nlocal_enable=YES\nwrite_enable=YES\nseccomp_sandbox=NO\nbackground=NO\n' > v.conf; chown root v.conf; vsftpd /scratch/v.conf & V=$!; sleep 0.7; curl -s -o two ftp://ftpu:pw@127.0.0.1:2121/f; curl -s -T got ftp://ftpu:pw@127.0.0.1:2121/up; cmp got /home/ftpu/up && stat -c %U /home/ftpu/up; kill $V
iperf3 -s -B 127.0.0.1 -D; sleep 0.5; iperf3 -c 127.0.0.1 -t 1 -P 2 | grep -c receiver; iperf3 -c 127.0.0.1 -u -b 10M -t 1 | grep -c receiver
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -keyout k -out c 2>/dev/null; openssl s_server -accept 127.0.0.1:4433 -key k -cert c -quiet -www > /dev/null 2>&1 & sleep 0.5; printf 'GET / HTTP/1.0\r\n\r\n' | timeout 10 openssl s_client -connect 127.0.0.1:4433 -CAfile c -quiet 2>/dev/null | grep -c '^HTTP/1.0 200'; openssl speed -seconds 1 -bytes 1024 sha256 2>/dev/null | grep -c sha256
