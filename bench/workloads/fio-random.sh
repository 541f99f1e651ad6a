# about: fio: 30,000 random reads and writes of 4 KiB in 64 MiB, buffered
# expect: 0 errors, 122880000 bytes
. /bench/workloads/fio.inc
fio_random --io_size=120000k --invalidate=0
