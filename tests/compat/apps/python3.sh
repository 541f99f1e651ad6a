# about: python3: subprocess, threads, multiprocessing, sqlite3, tempfile, sockets, pty, os.walk over /usr
# category: languages
# smoke: yes
# needs: python3
# timeout: 120
cat > test.py <<'END'
import concurrent.futures, hashlib, json, mmap, multiprocessing, os, pty, select, signal, socket
import sqlite3, stat, subprocess, sys, tempfile, threading, time

print(subprocess.run(["sh", "-c", "echo out; echo err >&2; exit 3"], capture_output=True))
print(subprocess.check_output("tr a-z A-Z", input=b"piped", shell=True))
try:
    subprocess.run(["/no/such/program"])
except FileNotFoundError as e:
    print(e)
p = subprocess.Popen(["sleep", "100"])
p.terminate()
print("terminated", p.wait())

total, lock = [0], threading.Lock()
def add():
    for _ in range(1000):
        with lock:
            total[0] += 1
threads = [threading.Thread(target=add) for _ in range(20)]
[t.start() for t in threads]
[t.join() for t in threads]
print("threads", total[0])

def square(x):
    return x * x
with multiprocessing.Pool(4) as pool:
    print("pool", sum(pool.map(square, range(1000))))
with concurrent.futures.ProcessPoolExecutor(2) as executor:
    print("executor", list(executor.map(square, range(5))))
q = multiprocessing.Queue()
m = multiprocessing.Process(target=lambda: q.put(os.getpid() != os.getppid()))
m.start(); print("queue", q.get()); m.join()
shared = multiprocessing.Value("i", 0)
def bump():
    for _ in range(100):
        with shared.get_lock():
            shared.value += 1
ps = [multiprocessing.Process(target=bump) for _ in range(4)]
[x.start() for x in ps]
[x.join() for x in ps]
print("shared", shared.value)

with tempfile.TemporaryDirectory() as d:
    db = sqlite3.connect(os.path.join(d, "db"))
    db.execute("pragma journal_mode=wal")
    db.execute("create table t (a integer primary key, b text)")
    with db:
        db.executemany("insert into t values (?, ?)", [(i, "x" * i) for i in range(500)])
    print("sqlite", db.execute("select count(*), sum(length(b)) from t").fetchone())
    db.close()
    print(sorted(os.listdir(d)))
with tempfile.NamedTemporaryFile() as f:
    f.write(b"12345"); f.flush()
    print("named", os.path.getsize(f.name), oct(stat.S_IMODE(os.stat(f.name).st_mode)))
with tempfile.TemporaryFile() as f:
    f.write(b"abc" * 1000); f.flush()
    with mmap.mmap(f.fileno(), 0) as mapped:
        print("mmap", mapped[:6], len(mapped))

files = dirs = links = size = 0
for base, names, leaves in os.walk("/usr"):
    dirs += len(names)
    for leaf in leaves:
        info = os.lstat(os.path.join(base, leaf))
        files += 1
        links += stat.S_ISLNK(info.st_mode)
        size += info.st_size if stat.S_ISREG(info.st_mode) else 0
print("walk", dirs, files, links, size)

a, b = socket.socketpair()
a.sendall(b"hello"); print("socketpair", b.recv(10))
server = socket.socket(socket.AF_UNIX)
server.bind("server"); server.listen()
def serve():
    c, _ = server.accept()
    c.sendall(c.recv(100)[::-1]); c.close()
t = threading.Thread(target=serve); t.start()
client = socket.socket(socket.AF_UNIX); client.connect("server"); client.sendall(b"backwards")
print("unix", client.recv(100)); t.join()
print(stat.S_ISSOCK(os.stat("server").st_mode))

pid, fd = pty.fork()
if pid == 0:
    print("on a terminal", os.isatty(0), os.isatty(1)); sys.stdout.flush(); os._exit(4)
data = b""
while True:
    try:
        chunk = os.read(fd, 100)
    except OSError:
        break
    if not chunk:
        break
    data += chunk
print("pty", data, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

got = []
signal.signal(signal.SIGUSR1, lambda s, f: got.append(s))
os.kill(os.getpid(), signal.SIGUSR1)
signal.signal(signal.SIGALRM, lambda s, f: got.append(s))
signal.setitimer(signal.ITIMER_REAL, 0.05)
time.sleep(0.2)
print("signals", [int(s) for s in got])
r, w = os.pipe()
if os.fork() == 0:
    os.write(w, b"child"); os._exit(0)
print(os.read(r, 10), os.wait()[1])
print(os.getcwd(), os.path.realpath("/proc/self/cwd"), os.readlink("/proc/self/exe"))
print(os.cpu_count() == len(os.sched_getaffinity(0)) or os.cpu_count() > 0)
os.setxattr("test.py", "user.note", b"kept") if "--xattr" in sys.argv else None
print(hashlib.sha256(json.dumps(sorted(os.environ)).encode()).hexdigest()[:16])
END
python3 test.py
