# about: git init, add, commit, log, branch, merge, gc, fsck, clone
# category: version control
# smoke: yes
# needs: git
# timeout: 60
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=C
export GIT_COMMITTER_EMAIL=c@example.org GIT_AUTHOR_DATE='1700000000 +0000'
export GIT_COMMITTER_DATE='1700000000 +0000' GIT_PAGER=cat
git init -q -b main project
cd project
i=0
while [ $i -lt 200 ]; do
	mkdir -p dir$((i % 10))
	echo "content $i" > dir$((i % 10))/file$i
	i=$((i + 1))
done
git add .
git commit -q -m 'First'
git status --short
git checkout -q -b topic
for i in 1 2 3 4 5; do
	echo "change $i" >> dir1/file1
	git commit -q -a -m "Change $i"
done
git checkout -q main
echo other > dir2/other
git add dir2/other
git commit -q -m 'Other'
git merge -q -m 'Merge' topic
git log --oneline --graph --stat | head -60
git diff HEAD~1 --stat
git gc -q
git fsck --strict 2>&1
git count-objects
git clone -q . ../copy
cd ../copy
git log -1 --format='%H %an %s'
git ls-files | wc -l
git blame dir1/file1 | cut -c 1-12
git grep -c change | head
