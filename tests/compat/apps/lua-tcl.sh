# about: Lua, LuaJIT, Tcl, Guile: files, processes, events
# category: languages
# rootfs: languages
# needs: lua5.4 luajit tclsh guile
# timeout: 90
cat > t.lua <<'END'
local f = io.open('x', 'w'); for i = 1, 1000 do f:write(i, '\n') end; f:close(); local s = 0; for l in io.lines('x') do s = s + tonumber(l) end; print(s, os.rename('x', 'y'), os.remove('none'))
print(io.popen('echo popen'):read('l'), os.getenv('HOME'), pcall(error, 'e')); local c = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end); print(c(), c(), c()); print(string.rep('ab', 3), #os.tmpname() > 0, os.execute('exit 3'))
END
lua5.4 t.lua; luajit t.lua; luajit -e 'local ffi = require "ffi"; ffi.cdef "int getpid(void); int printf(const char *, ...);"; print(ffi.C.getpid() > 0); local t = 0; for i = 1, 1e7 do t = t + i % 7 end; print(t)'
cat > t.tcl <<'END'
set s [socket -server {apply {{c a p} {puts $c [string toupper [gets $c]]; close $c}}} -myaddr 127.0.0.1 0]; set port [lindex [fconfigure $s -sockname] 2]
set c [socket -async 127.0.0.1 $port]; fconfigure $c -buffering line -blocking 0; puts $c hello; fileevent $c readable {if {[gets $c l] >= 0} {puts $l; set done 1}}; vwait done
puts [exec sort -n << "3\n1\n2"]; after 50 {set t 1}; vwait t; file mkdir a/b; puts [glob -directory /etc host*]; puts [file attributes a -permissions]; catch {exec sh -c {exit 4}} e o; puts [dict get $o -errorcode]
END
tclsh t.tcl | sed 's/CHILDSTATUS [0-9]*/CHILDSTATUS/'
guile --no-auto-compile -c '(use-modules (ice-9 threads) (ice-9 popen) (ice-9 rdelim) (ice-9 ftw)) (display (apply + (par-map (lambda (x) (* x x)) (iota 100)))) (newline) (display (read-line (open-input-pipe "echo piped"))) (newline) (let ((p (primitive-fork))) (if (= p 0) (primitive-exit 6) (display (status:exit-val (cdr (waitpid p)))))) (newline) (display (length (scandir "/etc")))' 2> /dev/null; echo
