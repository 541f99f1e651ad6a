# about: perl: files, fork, pipes, signals, regular expressions, sockets
# category: languages
# smoke: yes
# needs: perl
cat > test.pl <<'END'
use strict; use warnings;
use POSIX qw(:sys_wait_h uname); use File::Find; use File::Temp qw(tempfile); use Cwd;
use Fcntl qw(:flock); use IO::Socket::UNIX; use Time::HiRes qw(stat sleep); use Socket;
$| = 1;
my %count;
find(sub { $count{-l $_ ? "link" : -d _ ? "dir" : -f _ ? "file" : "other"}++ }, "/usr/share");
print "$_ $count{$_}\n" for sort keys %count;
my ($fh, $name) = tempfile(); print $fh "line $_\n" for 1 .. 1000; close $fh;
open($fh, "<", $name) or die; my $sum = 0; while (<$fh>) { $sum += $1 if /line (\d+)/ } close $fh;
print "sum $sum size ", -s $name, "\n"; unlink $name; print -e $name ? "there\n" : "gone\n";
for my $n (0, 1, 42) { my $pid = fork() // die; exit $n unless $pid; waitpid($pid, 0); print "exit ", $? >> 8, "\n" }
my $out = `echo from the shell; exit 2`; print $out, $? >> 8, "\n";
open(my $p, "-|", "sort -r") // die if 0; open($p, "|-", "sort -n") or die; print $p "$_\n" for 3, 1, 2; close $p;
my $caught = 0; $SIG{USR1} = sub { $caught++ }; kill USR1 => $$; print "caught $caught\n";
eval { local $SIG{ALRM} = sub { die "alarm\n" }; alarm 1; select undef, undef, undef, 5; }; print "got $@";
open(my $lock, ">", "lock") or die; print flock($lock, LOCK_EX) ? "locked\n" : "no lock\n";
my $pid = fork(); if (!$pid) { open(my $l, ">", "lock"); exit(flock($l, LOCK_EX | LOCK_NB) ? 0 : 1) }
waitpid($pid, 0); print "other gets ", $? >> 8, "\n";
socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die; syswrite $a, "ping"; sysread $b, my $buf, 10; print "$buf\n";
mkdir "d" or die; rename "d", "e" or die; symlink "e", "s" or die; print readlink("s"), "\n"; chdir "s"; print getcwd(), "\n";
utime 1000, 2000, "../lock"; my @s = stat "../lock"; print "times $s[8] $s[9]\n";
chmod 0600, "../lock"; printf "%o\n", (stat "../lock")[2] & 07777; print join(",", (uname())[0, 4]), "\n"; print "$0 ", scalar(@ARGV), "\n";
opendir(my $d, "/proc/self/fd") or die; print "fds ", scalar(grep { /^\d+$/ } readdir $d) > 0 ? "yes" : "no", "\n";
END
perl test.pl a b
