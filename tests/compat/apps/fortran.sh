# about: Fortran with OpenMP, and awk, flex and bison
# category: languages
# rootfs: languages
# needs: gfortran bison flex gawk
cat > t.f90 <<'END'
program t
  use omp_lib
  integer :: i, u; real(8) :: s = 0
  !$omp parallel do reduction(+:s)
  do i = 1, 1000000
    s = s + 1d0 / i
  end do
  print '(f10.6)', s
  open(newunit=u, file='f', access='stream', form='unformatted'); write(u) s, 42; close(u); inquire(file='f', size=i); print *, i
  call execute_command_line('echo shell', exitstat=i); print *, i
end program
END
gfortran -fopenmp -o t t.f90 && OMP_NUM_THREADS=4 ./t
printf '%%{\n#include <stdio.h>\nint yylex(void); void yyerror(const char *s) { puts(s); }\n%%}\n%%token N P T\n%%left P\n%%left T\n%%%%\nl: e { printf("%%d\\n", $1); }\ne: e P e { $$ = $1 + $3; } | e T e { $$ = $1 * $3; } | N\n%%%%\nint main(void) { return yyparse(); }\n' > p.y; printf '%%option noyywrap\n%%{\n#include "p.tab.h"\nextern int yylval;\n#include <stdlib.h>\n%%}\n%%%%\n[0-9]+ { yylval = atoi(yytext); return N; }\n[+] return P;\n[*] return T;\n\\n return 0;\n%%%%\n' > l.l
bison -d p.y; flex l.l; gcc -w -o calc p.tab.c lex.yy.c; echo '2+3*4' | ./calc; gawk 'BEGIN { c = "sort -r"; print "a\nb" |& c; close(c, "to"); while ((c |& getline l) > 0) print l; s = "/inet/tcp/0/127.0.0.1/9"; print "" |& s; print (ERRNO != ""); print PROCINFO["uid"] }' 2>/dev/null || echo refused
