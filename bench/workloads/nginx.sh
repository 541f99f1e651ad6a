# about: nginx: a 1 KiB file over TCP loopback, by wrk with 16 connections; time per request
# unit: us
# expect: 1024 no errors
head -c 1024 /dev/zero >/scratch/file
cat >/scratch/nginx.conf <<'CONF'
user root;
worker_processes 1;
pid /scratch/nginx.pid;
error_log /scratch/error.log;
events { worker_connections 256; }
http {
	access_log off;
	keepalive_requests 100000000;
	server { listen 127.0.0.1:7002; root /scratch; }
}
CONF
nginx -c /scratch/nginx.conf
await bash -c 'exec 3<>/dev/tcp/127.0.0.1/7002'
wrk -t1 -c16 -d1s http://127.0.0.1:7002/file >report
requests=$(awk '/requests in/ {print $1}' report)
seconds=$(awk '/requests in/ {sub("s,", "", $4); print $4}' report)
measured "$seconds / $requests"
errors=$(grep -E 'Socket errors|Non-2xx' report || true)
kill -TERM "$(cat /scratch/nginx.pid)"
echo "$(wc -c <file) ${errors:-no errors}"
