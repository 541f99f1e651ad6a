# about: Firefox headless: a local page rendered to PNG
# category: browsers
# rootfs: media
# needs: firefox-esr
# timeout: 120
# memory: 512
mkdir -p prof; export HOME=/scratch MOZ_DISABLE_CONTENT_SANDBOX=1; echo '<html><body style="background:#fff"><h1>Hello</h1><script>document.body.append(6*7)</script></body></html>' > p.html; timeout 80 firefox-esr --headless --no-remote --profile /scratch/prof --window-size 400,300 --screenshot /scratch/s.png file:///scratch/p.html > log 2>&1 || { mkdir -p prof; timeout 80 firefox-esr --headless --no-remote --profile /scratch/prof --window-size 400,300 --screenshot /scratch/s.png file:///scratch/p.html > log 2>&1; } || tail log; identify -format '%w %h\n' s.png
