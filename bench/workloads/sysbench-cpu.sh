# about: sysbench cpu: 1,000 events of 2 threads
# expect: 1000
begin
sysbench cpu --threads=2 --events=1000 --time=0 --cpu-max-prime=10000 run >report
end
sed -n 's/.*total number of events: *//p' report
