# about: Python: venv, pip install of a local package, numpy, psutil, asyncio, pytest-like run
# category: languages
# rootfs: languages
# needs: python3 pip3
# timeout: 120
# normalise: drop ^(WARNING|\[notice|$)
python3 -m venv --system-site-packages v; mkdir -p p/m; printf 'from setuptools import setup\nsetup(name="m", version="1", packages=["m"], entry_points={"console_scripts": ["mm=m:main"]})\n' > p/setup.py; printf 'def main():\n    print("installed")\n' > p/m/__init__.py
v/bin/pip install -q --no-index --no-build-isolation --no-deps ./p 2>&1; v/bin/mm; v/bin/pip list 2>/dev/null | grep '^m '
cat > t.py <<'END'
import asyncio, numpy, psutil, os, sys, resource, faulthandler, ctypes, select, tracemalloc
a = numpy.arange(250000.).reshape(500, 500); print(int((a @ a.T).trace() % 1000003), numpy.fft.fft(numpy.ones(8))[0].real); m = numpy.memmap("m", dtype="i4", mode="w+", shape=(1000,)); m[:] = 7; m.flush(); print(os.path.getsize("m"))
p = psutil.Process(); print(p.name(), p.username(), p.num_threads() > 0, p.memory_info().rss > 0, [os.path.basename(f.path) for f in p.open_files()], p.cwd(), p.exe(), p.status(), p.ppid() >= 0, len(p.cmdline()), p.uids()); print(psutil.cpu_count() > 0, psutil.virtual_memory().total > 0, psutil.boot_time() > 0, sorted(psutil.net_if_addrs()), len(psutil.pids()) > 1, psutil.disk_usage("/").total > 0, psutil.cpu_times().user >= 0, len(psutil.disk_partitions(all=True)) > 0, [c.status for c in psutil.net_connections("tcp") if c.status == "LISTEN"])
async def echo(r, w): w.write((await r.readline())[::-1]); await w.drain(); w.close()
async def main():
    s = await asyncio.start_server(echo, "127.0.0.1", 0); port = s.sockets[0].getsockname()[1]
    async def one(i): r, w = await asyncio.open_connection("127.0.0.1", port); w.write(b"%d\n" % i); d = await r.read(); w.close(); return len(d)
    print(sum(await asyncio.gather(*(one(i) for i in range(100))))); q = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1); print((await q.communicate(b"sub"))[0]); s.close()
asyncio.run(main()); print(resource.getrlimit(resource.RLIMIT_NOFILE), ctypes.CDLL(None).getpid() == os.getpid()); e = select.epoll(); r, w = os.pipe(); e.register(r, select.EPOLLIN); os.write(w, b"x"); print(len(e.poll(1)))
print(os.waitstatus_to_exitcode(os.system("kill -SEGV $$"))); os.posix_fadvise(r, 0, 0, 0) if 0 else None; print(os.memfd_create("x") > 0, os.getrandom(4) != b"", os.sysconf("SC_NPROCESSORS_ONLN") > 0, os.getloadavg()[0] >= 0, os.sched_getscheduler(0), os.get_terminal_size.__name__, os.statvfs("/").f_bsize > 0)
END
v/bin/python t.py
