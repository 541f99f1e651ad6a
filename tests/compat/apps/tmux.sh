# about: tmux: a session with two windows, a shell in each, keys sent, the screen read
# category: editors and terminals
# rootfs: tools
# needs: tmux
export TMUX_TMPDIR=/scratch LANG=C.UTF-8 SHELL=/bin/sh ENV=
T="tmux -f /dev/null"
$T new-session -d -s one -x 80 -y 24 'PS1="$ " sh'
$T new-window -t one 'PS1="% " sh'
sleep 0.5
$T send-keys -t one:1 'tty | cut -c 1-9; stty size; echo $((6*7))' Enter
$T send-keys -t one:0 'sleep 50 & jobs | tr -s " "; kill %1' Enter
$T split-window -t one:0 'sleep 30'
sleep 1.5
$T capture-pane -p -t one:1 | grep -v '^$'
$T list-windows -t one -F '#{window_index} #{window_panes} #{window_active}'
$T capture-pane -p -t one:0.0 | grep -c sleep
$T resize-window -t one -x 100 -y 30; $T send-keys -t one:1 'clear; stty size' Enter; sleep 0.7; $T capture-pane -p -t one:1 | grep -v '^$'
$T kill-server; sleep 0.2; $T ls 2>&1 | sed 's/(.*//'
