# about: OpenSSH: keys, a server, commands, scp, sftp, a terminal, port and agent forwarding
# category: caches, queues and services
# rootfs: servers
# needs: sshd ssh ssh-keygen
# timeout: 60
mkdir -p /run/sshd /root/.ssh; chmod 700 /root/.ssh; ssh-keygen -q -t ed25519 -N '' -f hk; ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519; cat /root/.ssh/id_ed25519.pub > /root/.ssh/authorized_keys; useradd -m -s /bin/sh joe; mkdir /home/joe/.ssh; cp /root/.ssh/authorized_keys /home/joe/.ssh; chown -R joe /home/joe
/usr/sbin/sshd -h /scratch/hk -p 2222 -o ListenAddress=127.0.0.1 -o PidFile=/scratch/pid -o UsePAM=yes -E /scratch/log; sleep 0.5
S="-o StrictHostKeyChecking=no -o LogLevel=ERROR"; ssh $S -p 2222 127.0.0.1 'id; exit 7' || echo $?; ssh $S -p 2222 joe@127.0.0.1 'id -un; pwd; cat' < hk.pub | sed 's/ root.*//' | cut -c 1-20; ssh -tt $S -p 2222 joe@127.0.0.1 'tty | cut -c 1-8; stty size' < /dev/null | tr -d '\r'
seq 100000 > f; scp -q $S -P 2222 f joe@127.0.0.1:g; cmp f /home/joe/g && stat -c %U /home/joe/g; printf 'put f s\nrename s t\nls -l t\n' | sftp -q -b - $S -P 2222 joe@127.0.0.1 | awk 'END {print $1, $5}'; ssh $S -N -f -L 127.0.0.1:2223:127.0.0.1:2222 -p 2222 127.0.0.1; ssh $S -p 2223 127.0.0.1 echo forwarded; eval $(ssh-agent) > /dev/null; ssh-add -q; ssh $S -A -p 2222 joe@127.0.0.1 'ssh-add -l | wc -l'; ssh-agent -k > /dev/null; rsync -a -e "ssh $S -p 2222" f joe@127.0.0.1:r && cmp f /home/joe/r && echo rsync; grep -c -e 'fatal' -e 'error:' log || true; kill $(cat pid)
