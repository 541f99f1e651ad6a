# about: systemd-analyze verify, systemd-tmpfiles, -sysusers, -escape, -path, journalctl on files
# category: system tools
# rootfs: tools
# needs: systemd-analyze systemd-tmpfiles systemd-sysusers
mkdir u; printf '[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\nRestart=sometimes\n[Install]\nWantedBy=multi-user.target\n' > u/x.service
systemd-analyze verify ./u/x.service 2>&1 | sed 's/.*x.service/x.service/' | head -3; systemd-analyze calendar --base-time='2020-01-01 00:00:00 UTC' 'Mon *-*-1..7 12:00' | grep 'Next' | sed 's/.*: //'
systemd-analyze timespan '1h 30m' | tail -1; systemd-escape -p /a/b-c; printf 'd /scratch/t 0750 1 2\nf /scratch/t/f 0644 0 0 - text\nL /scratch/t/l - - - - f\n' > t.conf; systemd-tmpfiles --create /scratch/t.conf; stat -c '%a %u %g %F' t t/f t/l; cat t/f
printf 'u svc - "A service" /scratch\n' > s.conf; systemd-sysusers /scratch/s.conf 2>/dev/null; getent passwd svc | cut -d: -f 1,6; systemd-id128 new | wc -c; systemd-path temporary; journalctl --no-pager -D /scratch 2>&1 | head -1; systemd-detect-virt -c > /dev/null || true
