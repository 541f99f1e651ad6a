# about: git clone of a repository with 5,000 files, and a clone over git's own server
# category: version control
# needs: git
# timeout: 120
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@b GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'
git init -q -b main r; cd r
awk 'BEGIN { for (d = 0; d < 50; d++) { system("mkdir -p d" d); for (i = 0; i < 100; i++) { f = "d" d "/f" i; print d, i > f; close(f) } } }'
git add . ; git commit -q -m all; cd ..
git clone -q --no-local r c; git -C c ls-files | wc -l; git -C c log --format=%H; git -C c fsck 2>&1
git daemon --listen=127.0.0.1 --base-path=/scratch --export-all --reuseaddr & sleep 0.5
git clone -q git://127.0.0.1/r d; kill $!; git -C d status --short | wc -l; diff -r -x .git c d && echo equal
git -C c mv d1 moved; git -C c commit -q -m move; git -C c show --stat --oneline | tail -1; git -C c rm -q -r d2; git -C c stash -q; git -C c worktree add -q ../w HEAD~1; ls w | wc -l
