# about: Ant: a Java project compiled, packed and run
# category: build tools and packages
# rootfs: languages
# needs: ant javac
# timeout: 120
# normalise: drop ^Total time
mkdir src; for i in $(seq 20); do echo "public class C$i { public int f() { return $i; } }" > src/C$i.java; done; echo 'public class Main { public static void main(String[] a) { System.out.println(new C7().f()); } }' > src/Main.java
cat > build.xml <<'END'
<project default="run"><target name="c"><mkdir dir="out"/><javac srcdir="src" destdir="out" includeantruntime="false"/></target><target name="jar" depends="c"><jar destfile="p.jar" basedir="out"/></target><target name="run" depends="jar"><java classname="Main" classpath="p.jar" fork="true"/></target></project>
END
ant -q; ant; unzip -l p.jar 2>/dev/null | wc -l
