# about: gcc -O1 of 50 files and a link, make -j1
# expect: 1225
jobs=1
. /bench/workloads/gcc.inc
