# about: mercurial: commits, branches, merge, clone over its own web server
# category: version control
# rootfs: tools
# needs: hg
export HGUSER=a HOME=/scratch; hg init r; cd r
for i in $(seq 1 200); do echo $i > f$i; done; hg -q add; hg ci -m first -d '0 0'; hg branch -q b; echo x >> f1; hg ci -m b -d '1 0'; hg -q up default; echo y > new; hg -q add; hg ci -m d -d '2 0'
hg -q merge b; hg ci -m merge -d '3 0'; hg log -T '{rev} {node|short} {desc}\n'; hg verify -q && echo verified
hg serve -d -a 127.0.0.1 -p 8000 --pid-file ../pid; hg -q clone http://127.0.0.1:8000/ ../c; kill $(cat ../pid); cd ../c; hg id; hg files | wc -l; hg bundle -q --all ../all.hg; ls ..
