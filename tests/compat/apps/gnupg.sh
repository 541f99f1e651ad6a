# about: gnupg: an agent, a key, signatures, encryption
# category: system tools
# rootfs: tools
# needs: gpg
# timeout: 60
export GNUPGHOME=/scratch/g; mkdir -m 700 g
gpg --batch --quiet --passphrase '' --quick-gen-key 'Joe <j@x>' ed25519 sign never 2>/dev/null; gpg -q --batch --passphrase '' --quick-add-key $(gpg --list-keys --with-colons 2>/dev/null | awk -F: '/^fpr/{print $10; exit}') cv25519 encr 2>/dev/null
echo hello > m; gpg -q --batch -s m; gpg --verify m.gpg 2>&1 | grep -c Good; gpg -q --batch --trust-model always -r j@x -e -o e m; gpg -q --batch -d e 2>/dev/null; gpg -q --batch --clearsign m; sed -i s/hello/hullo/ m.asc; gpg --verify m.asc 2>&1 | grep -c BAD; ls g | sort | head -20; gpgconf --kill all
gpg -q --batch --passphrase x --pinentry-mode loopback -c -o c m; gpg -q --batch --passphrase x --pinentry-mode loopback -d c
