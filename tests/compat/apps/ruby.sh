# about: Ruby: threads, fork, sockets, Find, Open3, PTY, tempfiles, a TCP server
# category: languages
# rootfs: languages
# needs: ruby
cat > t.rb <<'END'
require 'socket'; require 'open3'; require 'find'; require 'tempfile'; require 'pty'; require 'etc'; require 'timeout'; require 'fileutils'; require 'digest'
puts (1..8).map { |i| Thread.new { (1..10000).sum * i } }.sum(&:value)
r, w = IO.pipe; pid = fork { r.close; w.write "child #{Process.ppid == 1}"; exit! 5 }; w.close; puts r.read; Process.wait pid; puts $?.exitstatus
o, s = Open3.capture2e('sh', '-c', 'cat; echo err >&2; exit 2', stdin_data: 'in '); puts o, s.exitstatus
srv = TCPServer.new('127.0.0.1', 0); t = Thread.new { c = srv.accept; c.puts c.gets.reverse; c.close }; c = TCPSocket.new('127.0.0.1', srv.addr[1]); c.puts 'abc'; p c.read; t.join
UNIXServer.open('s') { |u| Thread.new { a = u.accept; a.send_io($stdout); a.close }; x = UNIXSocket.new('s'); x.recv_io.puts 'through a passed descriptor' }
PTY.spawn('tty; stty size') { |out, _in, id| puts out.read(9) ; Process.kill 'KILL', id rescue nil }
Tempfile.create('x') { |f| f.write 'y' * 1000; f.flush; puts File.size(f.path), f.flock(File::LOCK_EX) }
puts Find.find('/usr/lib/ruby').count { |f| File.file? f } > 500; puts Etc.getpwuid(0).name, Etc.getlogin.inspect.size > 0
begin; Timeout.timeout(0.2) { sleep 5 }; rescue Timeout::Error => e; puts e.class; end
trap('USR1') { puts 'usr1' }; Process.kill 'USR1', $$; sleep 0.1; puts Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) > 0
FileUtils.mkdir_p 'a/b'; FileUtils.cp_r 'a', 'c'; FileUtils.rm_rf 'a'; puts Dir['**/*'].sort.inspect; system('exit 3'); puts $?.exitstatus; puts `uname -s`; begin; File.open('/none'); rescue => e; puts e; end
Process.daemon(true, true) if false; puts Digest::SHA256.hexdigest('x')[0, 8]; puts IO.select([r = IO.pipe[0]], nil, nil, 0.05).inspect; File.write('m', 'z'); puts File.stat('m').mode.to_s(8)
END
ruby t.rb
