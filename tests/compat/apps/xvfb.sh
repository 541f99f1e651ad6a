# about: an X server (Xvfb) with clients over a unix socket and shared memory
# category: browsers
# rootfs: media
# needs: Xvfb xterm xwininfo
# timeout: 100
Xvfb :5 -screen 0 640x480x24 -nolisten tcp > log 2>&1 & X=$!; export DISPLAY=:5; i=0; until xdpyinfo > /dev/null 2>&1; do sleep 0.2; i=$((i + 1)); [ $i -lt 100 ] || { cat log; exit 1; }; done
xterm -T box -geometry 40x10+10+10 -e sh -c 'tty > /scratch/tty; sleep 20' 2>/dev/null & i=0; until [ -s tty ] || [ $i -gt 400 ]; do sleep 0.1; i=$((i + 1)); done; sleep 0.5; cut -c 1-8 tty; xwininfo -name box | grep -e Width -e Height; xwininfo -root -tree | grep -c '"box"'; xdpyinfo | grep -c -e MIT-SHM; import -window root s.png 2>/dev/null && identify -format '%w %h\n' s.png; kill $X; wait $X || true; echo ended
