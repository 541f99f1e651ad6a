# about: stat of a file in a container with 0, 50 and 200 further mounts
# group: scale
# parts: 0 50 200
# axis: further mounts
# unit: us
# mounts: yes
# expect: found
# Run once for each number of mounts; MOUNTS says which.
[ "$MOUNTS" = 0 ] || [ -d "/mounts/$((MOUNTS - 1))" ]
operation "$MOUNTS" stat-hit
echo found
