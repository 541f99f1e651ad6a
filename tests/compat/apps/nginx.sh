# about: nginx and wrk: static files, workers, reload, upgrade of logs, a proxy to itself, sendfile
# category: web and proxies
# rootfs: servers
# needs: nginx curl wrk
# normalise: drop signal process started
mkdir -p www; head -c 3000000 /dev/zero > www/big; for i in $(seq 100); do echo page $i > www/$i.html; done; chmod 755 . www
cat > conf <<'END'
user www-data; worker_processes 2; pid /scratch/pid; error_log /scratch/err; events { worker_connections 512; }
http { access_log /scratch/access; sendfile on; types { text/html html; } gzip on; proxy_cache_path /tmp/nc keys_zone=z:1m;
server { listen 127.0.0.1:8080; root /scratch/www; autoindex on; location /p/ { proxy_pass http://unix:/scratch/up:/; proxy_cache z; } }
server { listen unix:/scratch/up; root /scratch/www; } }
END
nginx -c /scratch/conf -t 2>&1 | sed 's/.*nginx: //'; nginx -c /scratch/conf; C="curl -s"; $C http://127.0.0.1:8080/7.html; $C http://127.0.0.1:8080/big | sha256sum; $C http://127.0.0.1:8080/p/8.html; $C http://127.0.0.1:8080/p/8.html; $C -o /dev/null -w '%{http_code}\n' http://127.0.0.1:8080/none; $C -r 10-19 http://127.0.0.1:8080/1.html http://127.0.0.1:8080/big | wc -c; $C -H 'Accept-Encoding: gzip' http://127.0.0.1:8080/ | gzip -d | grep -c html
wrk -t2 -c20 -d2s http://127.0.0.1:8080/1.html | grep -c -e 'Requests/sec' -e 'Non-2xx'; mv access old; nginx -c /scratch/conf -s reopen; nginx -c /scratch/conf -s reload; sleep 0.7; $C http://127.0.0.1:8080/9.html; wc -l < access; nginx -c /scratch/conf -s quit; sleep 0.5; ls pid 2>&1 || true; cat err | grep -e alert -e emerg || true
