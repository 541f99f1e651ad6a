# about: a static Go program: goroutines, files, subprocesses, unix sockets, signals; built here
# category: languages
# rootfs: languages
# needs: go
# timeout: 120
export GOCACHE=/scratch/cache GOFLAGS=-p=2 CGO_ENABLED=0 GO111MODULE=off
go build -o program /src/program.go
./program
