# about: sysbench memory: 4 GiB written in blocks of 4 KiB by 2 threads
# expect: 1048576
begin
sysbench memory --threads=2 --time=0 --memory-block-size=4K --memory-total-size=4G run >report
end
sed -n 's/^Total operations: \([0-9]*\).*/\1/p' report
