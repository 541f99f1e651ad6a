# about: fio: 256 MiB written and read in sequence, 128 KiB blocks, buffered
# expect: 0 errors, 536870912 bytes
. /bench/workloads/fio.inc
begin
fio --name=w --filename=data --rw=write --bs=128k --size=256m --output=written
fio --name=r --filename=data --rw=read --bs=128k --size=256m --invalidate=0 --output=read
end
fio_done written read
