# about: HAProxy, squid, varnish, stunnel and socat in front of a Python web server
# category: web and proxies
# rootfs: servers
# needs: haproxy squid varnishd stunnel4 socat curl
# timeout: 120
mkdir www; echo origin > www/o; python3 -m http.server -d www -b 127.0.0.1 9000 2>/dev/null & sleep 1; chmod 777 .
printf 'global\n maxconn 100\n stats socket /scratch/hs\ndefaults\n mode http\n timeout connect 5s\n timeout client 5s\n timeout server 5s\nfrontend f\n bind 127.0.0.1:9001\n default_backend b\nbackend b\n server s 127.0.0.1:9000 check\n' > h.cfg; haproxy -f h.cfg -D -p /scratch/hpid; curl -s http://127.0.0.1:9001/o; echo 'show stat' | socat - UNIX:/scratch/hs | grep -c b,s
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout k -out c -days 30 2>/dev/null; cat k c > kc; printf 'foreground = no\npid = /scratch/spid\noutput = /scratch/slog\n[x]\naccept = 127.0.0.1:9002\nconnect = 127.0.0.1:9000\ncert = /scratch/kc\n' > s.conf; stunnel4 s.conf 2>/dev/null; sleep 0.5; curl -s --cacert c --resolve localhost:9002:127.0.0.1 https://localhost:9002/o
varnishd -a 127.0.0.1:9003 -b 127.0.0.1:9000 -n /scratch/v -s malloc,16m > vlog 2>&1 || cat vlog; sleep 2; for i in 1 2; do curl -s -D h http://127.0.0.1:9003/o; grep -i '^X-Varnish' h | wc -w; done
printf 'http_port 127.0.0.1:9004\nacl all src all\nhttp_access allow all\npid_filename /scratch/qpid\naccess_log none\ncache_log /scratch/qlog\ncoredump_dir /scratch\nvisible_hostname box\n' > q.conf; sed -i '/^acl all/d' q.conf; squid -f /scratch/q.conf; i=0; until curl -s -x http://127.0.0.1:9004 http://127.0.0.1:9000/o; do sleep 0.5; i=$((i + 1)); [ $i -lt 40 ] || { tail qlog; exit 1; }; done; squid -f /scratch/q.conf -k shutdown 2>/dev/null
socat TCP-LISTEN:9005,bind=127.0.0.1,fork,reuseaddr EXEC:'tr a-z A-Z' 2>/dev/null & sleep 0.3; echo socat | socat -t 3 - TCP:127.0.0.1:9005; socat -u UDP-RECV:9006,bind=127.0.0.1 OPEN:u,creat & sleep 0.3; echo udp | socat -u - UDP-SENDTO:127.0.0.1:9006; sleep 0.3; cat u; socat PTY,link=/scratch/pty,raw SYSTEM:'sleep 0.5; echo from pty; sleep 1' & i=0; until [ -e pty ] || [ $i -gt 50 ]; do sleep 0.1; i=$((i + 1)); done; head -1 pty
