# about: OpenJDK: compile and run; threads, files, processes, sockets, heap within limits
# category: languages
# rootfs: languages
# needs: javac java
# timeout: 200
cat > T.java <<'END'
import java.io.*; import java.net.*; import java.nio.channels.*; import java.nio.file.*; import java.util.concurrent.*; import java.util.stream.*;
public class T {
	public static void main(String[] a) throws Exception {
		ExecutorService e = Executors.newFixedThreadPool(8); var f = IntStream.range(0, 100).mapToObj(i -> e.submit(() -> LongStream.range(0, 10000).map(x -> x * i).sum())).collect(Collectors.toList()); long s = 0; for (var x : f) s += x.get(); e.shutdown(); System.out.println(s);
		Path d = Files.createTempDirectory("x"); for (int i = 0; i < 200; i++) Files.writeString(d.resolve("f" + i), "text" + i); try (var w = Files.walk(d)) { System.out.println(w.count()); } Files.createSymbolicLink(d.resolve("l"), Path.of("f1")); System.out.println(Files.readString(d.resolve("l")) + Files.getOwner(d.resolve("f1")) + java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(d.resolve("f1"))));
		Process p = new ProcessBuilder("sh", "-c", "cat; exit 3").start(); p.getOutputStream().write("to the child\n".getBytes()); p.getOutputStream().close(); System.out.print(new String(p.getInputStream().readAllBytes())); System.out.println(p.waitFor());
		ServerSocket v = new ServerSocket(0, 5, InetAddress.getLoopbackAddress()); new Thread(() -> { try (Socket c = v.accept()) { c.getOutputStream().write("served\n".getBytes()); } catch (IOException x) { x.printStackTrace(); } }).start(); System.out.println(new BufferedReader(new InputStreamReader(new Socket(v.getInetAddress(), v.getLocalPort()).getInputStream())).readLine());
		try (FileChannel c = FileChannel.open(d.resolve("m"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) { var m = c.map(FileChannel.MapMode.READ_WRITE, 0, 1 << 20); m.putLong(8, 42); m.force(); System.out.println(m.getLong(8) + " " + c.size() + " " + c.tryLock().isValid()); }
		WatchService ws = d.getFileSystem().newWatchService(); d.register(ws, StandardWatchEventKinds.ENTRY_CREATE); Files.writeString(d.resolve("new"), "x"); WatchKey k = ws.poll(20, TimeUnit.SECONDS); System.out.println(k == null ? "no event" : k.pollEvents().get(0).context());
		try { Object[] o = null; System.out.println(o.length); } catch (NullPointerException x) { System.out.println("npe"); } try { deep(0); } catch (StackOverflowError x) { System.out.println("overflow"); }
		System.out.println(Runtime.getRuntime().availableProcessors() > 0); System.out.println(Runtime.getRuntime().maxMemory() >> 20); System.gc(); Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook"))); System.out.println(ProcessHandle.current().info().command().get());
	}
	static int deep(int i) { return deep(i + 1) + 1; }
}
END
javac T.java && java -Xmx256m T; java -Xmx64m -XX:+UseSerialGC T | tail -1; printf 'Main-Class: T\n' > m; jar cfm t.jar m *.class; java -XX:+UseParallelGC -Xmx100m -jar t.jar | wc -l; java -Xint -version 2>&1 | wc -l; echo '1 + 1' | jshell -s --execution local 2>&1 | tail -1
