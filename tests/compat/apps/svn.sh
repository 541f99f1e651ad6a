# about: subversion: repository, checkout, commits, branch, merge
# category: version control
# rootfs: tools
# needs: svn svnadmin svnserve
export HOME=/scratch
svnadmin create r; svnserve -d -r /scratch --listen-host 127.0.0.1 --pid-file pid; printf '[general]\nanon-access = write\n' > r/conf/svnserve.conf; sleep 0.5
U=svn://127.0.0.1/r; svn mkdir -q -m dirs $U/trunk $U/branches; svn co -q $U/trunk w; cd w
for i in $(seq 1 100); do echo $i > f$i; done; svn add -q f*; svn ci -q -m first; svn cp -q -m b $U/trunk $U/branches/b
echo change >> f1; svn ci -q -m change; svn up -q; svn log -q | grep -v -- -- | cut -d'|' -f1; svn switch -q --ignore-ancestry $U/branches/b
svn merge -q $U/trunk; svn st | head -5; svn ci -q -m merged; svn diff -c 4 | head -20; svn cat $U/branches/b/f1; svnadmin verify -q ../r && echo verified
kill $(cat ../pid)
