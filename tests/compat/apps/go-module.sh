# about: go build, test and vet of a module with packages; an HTTP server and client
# category: languages
# rootfs: languages
# needs: go
# timeout: 200
export GOCACHE=/scratch/cache GOFLAGS=-p=2 GOPATH=/scratch/go GO111MODULE=on HOME=/scratch
mkdir -p m/sub; cd m; printf 'module example.org/m\n\ngo 1.19\n' > go.mod; printf 'package sub\n\nimport "sync"\n\nfunc Sum(n int) (s int) {\n\tvar m sync.Mutex\n\tvar w sync.WaitGroup\n\tfor i := 0; i < n; i++ {\n\t\tw.Add(1)\n\t\tgo func(i int) { defer w.Done(); m.Lock(); s += i; m.Unlock() }(i)\n\t}\n\tw.Wait()\n\treturn\n}\n' > sub/sub.go
printf 'package sub\n\nimport "testing"\n\nfunc TestSum(t *testing.T) {\n\tif Sum(1000) != 499500 {\n\t\tt.Fatal(Sum(1000))\n\t}\n}\n' > sub/sub_test.go
cat > main.go <<'END'
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"os/user"
	"runtime"
	"syscall"
	"time"

	"example.org/m/sub"
)

func main() {
	fmt.Println(sub.Sum(100), runtime.NumCPU() > 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello ", r.URL.Path) }))
	for i := 0; i < 3; i++ {
		r, err := http.Get("http://" + l.Addr().String() + fmt.Sprint("/", i))
		if err != nil {
			panic(err)
		}
		b, _ := io.ReadAll(r.Body)
		fmt.Println(string(b))
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	syscall.Kill(os.Getpid(), syscall.SIGHUP)
	fmt.Println(<-c)
	u, err := user.Current()
	fmt.Println(u.Username, err)
	select {
	case <-time.After(10 * time.Millisecond):
		fmt.Println("time")
	}
	a, _ := net.Interfaces()
	fmt.Println(len(a), a[0].Name)
	defer func() { fmt.Println("recovered:", recover() != nil) }()
	var p *int
	fmt.Println(*p)
}
END
go vet ./... && go test ./... 2>&1 | awk '{print $1, $2}' && go build -o ../m.bin . && ../m.bin
