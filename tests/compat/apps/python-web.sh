# about: gunicorn with Flask, aiohttp, Twisted: workers, requests from curl
# category: web and proxies
# rootfs: servers
# needs: gunicorn curl
# timeout: 60
printf 'import os, flask\napp = flask.Flask(__name__)\n@app.route("/<int:n>")\ndef f(n): return f"{n * n}\\n"\n' > web.py; gunicorn --log-level critical -w 3 -b 127.0.0.1:8003 -p /scratch/pid web:app & printf 'from aiohttp import web\nasync def h(r): return web.Response(text=(await r.text())[::-1] + "\\n")\na = web.Application(); a.router.add_post("/", h); web.run_app(a, host="127.0.0.1", port=8004, print=None)\n' > a.py; python3 a.py & P=$!; twistd3 -n --pidfile=/scratch/tp -l /scratch/tl web --listen tcp:8005:interface=127.0.0.1 --path /etc > /dev/null 2>&1 & T=$!
i=0; until curl -s -o /dev/null http://127.0.0.1:8003/1 && curl -s -o /dev/null http://127.0.0.1:8004 && curl -s -o /dev/null http://127.0.0.1:8005/hosts || [ $i -gt 60 ]; do sleep 0.3; i=$((i + 1)); done; for i in $(seq 30); do curl -s http://127.0.0.1:8003/$i; done | paste -sd+ | bc 2>/dev/null || curl -s http://127.0.0.1:8003/9; curl -s -d abc http://127.0.0.1:8004; curl -s http://127.0.0.1:8005/hosts; kill -HUP $(cat pid); sleep 1; curl -s http://127.0.0.1:8003/5; kill $P $T $(cat pid)
