# about: Chromium headless: a local page with scripts rendered to PNG and PDF, its text dumped
# category: browsers
# rootfs: media
# needs: chromium
# timeout: 120
# memory: 512
# normalise: drop ^(\[|$)|bytes written
export HOME=/scratch; printf '<html><title>t</title><body style="background:#fff"><h1 id=h>wait</h1><canvas id=c width=50 height=50></canvas><script>let s=0;for(let i=0;i<1e6;i++)s+=i%%7;document.getElementById("h").textContent="sum "+s;c.getContext("2d").fillRect(0,0,50,50);localStorage.x=1;new Worker(URL.createObjectURL(new Blob(["postMessage(1)"]))).onmessage=()=>document.title="worker";</script></body></html>' > p.html
C="chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars --window-size=400,300 --virtual-time-budget=3000 --user-data-dir=/scratch/u"; C2=$(echo $C | sed 's/=new//')
timeout 50 $C2 --dump-dom file:///scratch/p.html 2>/dev/null | grep -o 'sum [0-9]*'; timeout 50 $C2 --screenshot=/scratch/s.png file:///scratch/p.html > /dev/null 2>&1; identify -format '%w %h %k\n' s.png | awk '{print $1, $2, ($3 > 1)}'; timeout 50 $C2 --print-to-pdf=/scratch/p.pdf file:///scratch/p.html > /dev/null 2>&1; pdftotext p.pdf - | grep sum
