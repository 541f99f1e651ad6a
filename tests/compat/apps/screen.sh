# about: GNU screen: a detached session, commands stuffed into it, its log
# category: editors and terminals
# rootfs: tools
# needs: screen
export SCREENDIR=/scratch/screens; mkdir -m 700 screens; echo 'logfile flush 0' > rc
screen -c rc -L -Logfile /scratch/log -dmS box sh; sleep 0.7
screen -S box -X stuff 'stty size; echo "sum $((40+2))"
'; sleep 1
screen -ls | grep -c box; screen -S box -X hardcopy /scratch/hard; sleep 0.3; grep -a sum hard
screen -S box -X quit; sleep 0.5; screen -ls | grep -c -i 'no sockets'; grep -a -c 'sum 42' log
