# about: gcc -O1 of 50 files and a link, make -j2
# expect: 1225
jobs=2
. /bench/workloads/gcc.inc
