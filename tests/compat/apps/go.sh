# about: a static Go program: goroutines, files, subprocesses, unix sockets, signals
# rootfs: busybox
# host-needs: go
# host-build: CGO_ENABLED=0 GO111MODULE=off go build -o "$OUT/program" program.go
# timeout: 90
/files/program
