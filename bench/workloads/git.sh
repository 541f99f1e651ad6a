# about: git init, add, commit and status of 5,000 files
# expect: 0 5000
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@d
mkdir project
tar -C project -xf /bench/data/files-5000.tar
cd project
begin
git init -q
git add .
git commit -q -m one
changed=$(git status --short | wc -l)
end
echo "$changed $(git ls-files | wc -l)"
