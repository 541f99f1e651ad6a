# about: Node.js: HTTP, worker threads, child processes, fs.watch, streams, cluster
# category: languages
# rootfs: languages
# needs: node
# timeout: 90
cat > t.js <<'END'
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads'), cluster = require('cluster'), http = require('http'), fs = require('fs'), cp = require('child_process'), os = require('os'), zlib = require('zlib'), net = require('net'), { pipeline } = require('stream/promises');
async function main() {
	console.log((await Promise.all([1, 2, 3, 4].map(n => new Promise(r => new Worker(__filename, { workerData: n }).on('message', r))))).reduce((a, b) => a + b));
	const s = http.createServer((q, r) => r.end('hello ' + q.url)); await new Promise(r => s.listen(0, '127.0.0.1', r)); for (let i = 0; i < 3; i++) console.log(await new Promise(r => http.get({ host: '127.0.0.1', port: s.address().port, path: '/' + i }, x => x.on('data', d => r(d.toString()))))); s.close();
	console.log(cp.execSync('echo sync; exit 0').toString().trim(), cp.spawnSync('sh', ['-c', 'exit 7']).status); const k = cp.fork(__filename, ['kid']); console.log(await new Promise(r => { k.on('message', r); k.send('x'); })); k.disconnect();
	const e = new Promise(r => { const w = fs.watch('.', (t, f) => { if (f === 'seen') { w.close(); r(f); } }); }); fs.writeFileSync('seen', '1'); console.log(await e);
	fs.mkdirSync('a/b/c', { recursive: true }); for (let i = 0; i < 300; i++) fs.writeFileSync('a/b/f' + i, 'x'.repeat(i)); console.log((await fs.promises.readdir('a/b')).length); await pipeline(fs.createReadStream('/usr/bin/node', { end: 5e6 }), zlib.createGzip({ level: 1 }), fs.createWriteStream('z')); console.log(zlib.gunzipSync(fs.readFileSync('z')).length); fs.rmSync('a', { recursive: true });
	const u = net.createServer(c => c.pipe(c)); await new Promise(r => u.listen('/scratch/sock', r)); console.log(await new Promise(r => { const c = net.connect('/scratch/sock', () => c.write('echo')); c.on('data', d => { c.end(); r(d.toString()); }); })); u.close();
	process.on('SIGUSR2', () => console.log('usr2')); process.kill(process.pid, 'SIGUSR2'); await new Promise(r => setTimeout(r, 100)); console.log(os.cpus().length > 0, os.hostname(), os.userInfo().username, process.memoryUsage().rss > 0); try { fs.openSync('/none'); } catch (x) { console.log(x.code); }
	await new Promise(r => require('dns').lookup('localhost', (x, a) => { console.log(x ? x.code : a); r(); })); console.log(require('crypto').scryptSync('p', 's', 8).toString('hex'));
}
if (process.argv[2] === 'kid') process.on('message', m => process.send(m + ' from the kid')); else if (isMainThread) main(); else { let t = 0; for (let i = 0; i < 1e6; i++) t += i % workerData; parentPort.postMessage(t); }
END
node t.js; node --max-old-space-size=100 -e 'let a = []; for (let i = 0; i < 1e5; i++) a.push({i}); console.log(a.length)'; echo 'console.log(1 + 1)' | node -; node -e 'process.exit(9)' || echo $?
