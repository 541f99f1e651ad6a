# about: cargo build and test of a crate without dependencies; threads, channels, processes
# category: languages
# rootfs: languages
# needs: cargo rustc
# timeout: 200
export CARGO_HOME=/scratch/cargo HOME=/scratch
mkdir -p c/src; cd c; printf '[package]\nname = "c"\nversion = "0.1.0"\nedition = "2021"\n' > Cargo.toml
cat > src/main.rs <<'END'
use std::{env, fs, io::{Read, Write}, net::{TcpListener, TcpStream}, process::Command, sync::mpsc, thread, time::Duration};
fn sum(n: u64) -> u64 { (1..=n).sum() }
fn main() -> std::io::Result<()> {
    let (tx, rx) = mpsc::channel();
    for i in 0..8 { let tx = tx.clone(); thread::spawn(move || tx.send(sum(i * 1000)).unwrap()); }
    drop(tx); println!("{}", rx.iter().sum::<u64>());
    let out = Command::new("sh").args(["-c", "echo out; exit 4"]).output()?; print!("{}{:?}\n", String::from_utf8_lossy(&out.stdout), out.status.code());
    println!("{:?}", Command::new("/none").spawn().map_err(|e| e.kind()).err());
    let l = TcpListener::bind("127.0.0.1:0")?; let a = l.local_addr()?; let t = thread::spawn(move || { let (mut s, _) = l.accept().unwrap(); let mut b = [0; 4]; s.read_exact(&mut b).unwrap(); s.write_all(&b).unwrap(); });
    let mut s = TcpStream::connect(a)?; s.set_read_timeout(Some(Duration::from_secs(5)))?; s.write_all(b"ping")?; let mut b = String::new(); s.read_to_string(&mut b)?; println!("{b}"); t.join().unwrap();
    fs::create_dir_all("/scratch/d/e")?; fs::write("/scratch/d/f", "x")?; fs::hard_link("/scratch/d/f", "/scratch/d/g")?; println!("{} {:?}", fs::read_dir("/scratch/d")?.count(), fs::metadata("/scratch/d/g")?.len());
    println!("{:?} {:?}", env::current_exe()?, thread::available_parallelism().map(|n| n.get() > 0));
    println!("{}", std::panic::catch_unwind(|| { let v: Vec<i32> = vec![]; v[0] }).is_err()); Ok(())
}
#[test] fn adds() { assert_eq!(sum(10), 55); }
END
cargo build -q --offline 2>&1 && target/debug/c 2>/dev/null; cargo test -q --offline 2>&1 | grep -o '^test result: ok. 1 passed'
