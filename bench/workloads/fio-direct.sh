# about: fio: 3,000 random reads and writes of 4 KiB in 64 MiB, O_DIRECT
# expect: 0 errors, 12288000 bytes
. /bench/workloads/fio.inc
fio_random --io_size=12000k --direct=1
