# about: borgbackup and restic: back up, deduplicate, verify, restore
# category: system tools
# rootfs: tools
# needs: borg restic
# timeout: 120
export HOME=/scratch BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes RESTIC_PASSWORD=x BORG_PASSPHRASE=y
mkdir in; cp -a /usr/include/linux /usr/lib/git-core/git in
borg init -e repokey b 2>/dev/null; borg create b::one in; echo more > in/more; borg create b::two in; borg list --short b; borg check b && echo checked; mkdir x; (cd x; borg extract ../b::two); diff -r --no-dereference in x/in && echo equal; borg diff b::one two | awk '{print $1, $NF}'
restic -q init -r r; restic -q -r r backup in; restic -q -r r check; restic -q -r r restore latest --target y; diff -r --no-dereference in y/in && echo equal; restic -r r snapshots -c | tail -1
