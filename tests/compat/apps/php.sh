# about: PHP: files, sqlite, streams, processes, sessions, and its own web server
# category: languages
# rootfs: languages
# needs: php
cat > t.php <<'END'
<?php
$d = new PDO('sqlite:/scratch/db'); $d->exec('create table t (a int)'); $s = $d->prepare('insert into t values (?)'); for ($i = 0; $i < 100; $i++) $s->execute([$i]); echo $d->query('select sum(a) from t')->fetchColumn(), "\n";
$p = proc_open(['tr', 'a-z', 'A-Z'], [['pipe', 'r'], ['pipe', 'w']], $pipes); fwrite($pipes[0], 'piped'); fclose($pipes[0]); echo stream_get_contents($pipes[1]), ' ', proc_close($p), "\n";
echo shell_exec('echo shell'), exec('exit 3', $o, $r), $r, "\n"; $t = tempnam('/tmp', 'x'); file_put_contents($t, str_repeat('y', 5000), LOCK_EX); echo filesize($t), decoct(fileperms($t)), "\n"; unlink($t);
$n = 0; foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator('/usr/share/doc', FilesystemIterator::SKIP_DOTS)) as $f) $n++; echo $n > 0, "\n";
[$a, $b] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0); fwrite($a, "pair\n"); echo fgets($b); echo mb_strtoupper('é'), json_encode(['a' => [1, 2.5]]), preg_replace('/(\d+)/', '<$1>', 'a12b'), "\n";
echo getmypid() > 0, php_uname('s'), get_current_user(), sys_get_temp_dir(), "\n"; try { new DateTime('nonsense'); } catch (Exception $e) { echo "caught\n"; } pcntl_fork_test(); function pcntl_fork_test() { if (function_exists('pcntl_fork')) { $p = pcntl_fork(); if (!$p) exit(4); pcntl_waitpid($p, $s); echo pcntl_wexitstatus($s), "\n"; } }
mkdir('q/r', 0755, true); symlink('q', 'l'); echo realpath('l/r'), count(glob('*')), rename('q', 'z') ? 'renamed' : 'no', "\n"; setlocale(LC_ALL, 'C'); echo hash('sha256', 'x'), "\n";
END
php t.php; mkdir www; echo '<?php session_start(); $_SESSION["n"] = ($_SESSION["n"] ?? 0) + 1; echo $_SERVER["REQUEST_URI"], " ", $_SESSION["n"], "\n";' > www/index.php
php -S 127.0.0.1:8001 -t www > log 2>&1 & sleep 1; php -r '$c = stream_context_create(["http" => ["header" => "Cookie: PHPSESSID=abc"]]); for ($i = 0; $i < 3; $i++) echo file_get_contents("http://127.0.0.1:8001/p$i", false, $c);'; kill $!
