// What a Go program does with its system: threads, files, processes, sockets, signals, timers.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

func must(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func parallelFiles() {
	var group sync.WaitGroup
	var mutex sync.Mutex
	total := 0
	for i := 0; i < 100; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			name := fmt.Sprintf("/scratch/file%d", i)
			must(os.WriteFile(name, []byte(name), 0o640))
			data, err := os.ReadFile(name)
			must(err)
			mutex.Lock()
			total += len(data)
			mutex.Unlock()
		}(i)
	}
	group.Wait()
	fmt.Println("bytes", total)
}

func unixSocket() {
	listener, err := net.Listen("unix", "/scratch/socket")
	must(err)
	go func() {
		connection, err := listener.Accept()
		must(err)
		io.Copy(connection, connection)
		connection.Close()
	}()
	connection, err := net.Dial("unix", "/scratch/socket")
	must(err)
	fmt.Fprintf(connection, "echo")
	connection.(*net.UnixConn).CloseWrite()
	answer, err := io.ReadAll(connection)
	must(err)
	fmt.Println("socket", string(answer))
}

func main() {
	parallelFiles()
	out, err := exec.Command("sh", "-c", "echo child; exit 3").CombinedOutput()
	fmt.Println("exec", string(out), err)
	_, err = exec.Command("/no/such").Output()
	fmt.Println(err)
	unixSocket()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	must(syscall.Kill(os.Getpid(), syscall.SIGUSR1))
	fmt.Println("signal", <-signals)
	count := 0
	filepath.Walk("/bin", func(string, os.FileInfo, error) error { count++; return nil })
	fmt.Println("walk", count > 100)
	_, err = os.Stat("/none")
	fmt.Println(err)
	me, err := user.Current()
	must(err)
	directory, _ := os.Getwd()
	program, _ := os.Executable()
	fmt.Println(me.Uid, directory, program)
	select {
	case <-time.After(50 * time.Millisecond):
		fmt.Println("timer")
	}
}
