# about: cron and at: the daemons start and run a job each
# category: caches, queues and services
# rootfs: tools
# needs: cron at atd
# timeout: 100
mkdir -p /var/run; printf 'SHELL=/bin/sh\n@reboot root id -un > /scratch/cron; echo $HOME >> /scratch/cron\n' > /etc/cron.d/t; chmod 644 /etc/cron.d/t
cron; atd; echo 'echo "at $(id -un)" > /scratch/at' | at now 2>&1 | sed 's/ [0-9].*//'
i=0; until [ -s cron ] && [ -s at ] || [ $i -gt 60 ]; do sleep 0.5; i=$((i + 1)); done; cat cron at; atq | wc -l; kill $(cat /var/run/crond.pid); pkill atd
echo '5 4 * * * true' | crontab -u nobody -; crontab -u nobody -l | grep -c true
