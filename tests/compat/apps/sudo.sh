# about: sudo, su, setpriv, capsh, acl, file capabilities, set-user-ID programs
# category: system tools
# rootfs: tools
# needs: sudo capsh setfacl setcap
useradd -m joe; useradd -m ann; echo 'joe ALL=(ann) NOPASSWD: /usr/bin/id, /bin/sh' > /etc/sudoers.d/joe; chmod 440 /etc/sudoers.d/joe; visudo -c | tail -1
su joe -c 'sudo -n -u ann id' ; su joe -c 'sudo -n id' 2>&1 | tail -1 | cut -c 1-30 || true; su joe -c 'sudo -n -u ann sh -c "echo \$HOME \$SUDO_USER; umask"'
sudo -u joe -g ann id -gn; echo 'joe:pass word' | chpasswd; (sleep 1; echo 'pass word') | su ann -s /bin/sh -c 'script -qec "su joe -c id" /dev/null' | tail -1 | tr -d '\r'
setfacl -m u:joe:rwx,g:ann:r,d:u:ann:x . 2>&1 ; touch f; setfacl -m u:joe:r f; chmod o= f; getfacl -cn f; su joe -c 'cat /scratch/f && echo readable'; su joe -c 'echo > /scratch/f' 2>&1 || true
cp /bin/cat c; setfacl -b . c; chmod 755 c; echo secret > f; chmod 700 f; setcap cap_dac_override+ep c; getcap c; chmod 755 .; su ann -c './c f && echo override' 2>&1 || true; su ann -c 'cat f' 2>&1 || true
cp /usr/bin/id sid; chown joe sid; chmod 4755 sid; setfacl -b .; chmod 755 .; su ann -c './sid -un; ./sid -ru'; setpriv --no-new-privs su ann -c ./sid 2>&1 | cut -c 1-20; setpriv --reuid 1000 --clear-groups --inh-caps -all --bounding-set -all grep -e CapBnd -e CapEff /proc/self/status
capsh --drop=cap_chown -- -c 'chown 1 f' 2>&1 || true; capsh --user=joe --inh=cap_kill --addamb=cap_kill -- -c 'grep CapAmb /proc/self/status' 2>&1; chage -l joe | head -2; passwd -S joe | cut -d' ' -f 1,2; sudo -l -U joe | tail -1
