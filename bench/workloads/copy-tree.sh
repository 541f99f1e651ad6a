# about: cp -a of a tree like node_modules: 6,000 files in 1,800 nested directories
# expect: 6000 1801
mkdir tree
tar -C tree -xf /bench/data/tree.tar
begin
cp -a tree copy
end
echo "$(find copy -type f | wc -l) $(find copy -type d | wc -l)"
