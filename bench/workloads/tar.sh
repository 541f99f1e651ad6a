# about: tar -x of 20,000 small files, and rm -r of them
# expect: 20000
mkdir files
begin
tar -C files -xf /bench/data/files-20000.tar
end
find files -type f | wc -l
begin
rm -r files
end
