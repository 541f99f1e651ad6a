# about: OCaml: byte code and native programs, Unix library, threads
# category: languages
# rootfs: languages
# needs: ocamlopt
# timeout: 90
cat > t.ml <<'END'
let () = let r, w = Unix.pipe () in match Unix.fork () with 0 -> ignore (Unix.write_substring w "child" 0 5); Unix._exit 4 | pid -> let b = Bytes.create 5 in ignore (Unix.read r b 0 5); let _, s = Unix.waitpid [] pid in Printf.printf "%s %d\n" (Bytes.to_string b) (match s with Unix.WEXITED n -> n | _ -> -1);
	let ts = List.init 8 (fun i -> Thread.create (fun () -> for _ = 1 to 1000 do Thread.yield () done; ignore i) ()) in List.iter Thread.join ts;
	let s = Unix.socket Unix.PF_INET Unix.SOCK_STREAM 0 in Unix.bind s (Unix.ADDR_INET (Unix.inet_addr_loopback, 0)); Unix.listen s 5; let c = Unix.socket Unix.PF_INET Unix.SOCK_STREAM 0 in Unix.connect c (Unix.getsockname s); let a, _ = Unix.accept s in ignore (Unix.write_substring a "net" 0 3); ignore (Unix.read c b 0 3); print_endline (Bytes.sub_string b 0 3);
	(try ignore (Unix.openfile "/none" [Unix.O_RDONLY] 0) with Unix.Unix_error (e, _, _) -> print_endline (Unix.error_message e)); let rec f x = 1 + f x in (try ignore (f 1) with Stack_overflow -> print_endline "overflow"); Printf.printf "%d %b\n" (Array.length (Sys.readdir "/etc")) (Sys.file_exists "/etc/passwd")
END
ocamlopt -I +threads unix.cmxa threads.cmxa -o n t.ml && ./n
ocamlc -I +threads unix.cma threads.cma -o b t.ml && ocamlrun ./b | head -3
