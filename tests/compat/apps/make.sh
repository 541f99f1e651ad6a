# about: a C project of 50 generated files, built with make -j2
# category: build tools and packages
# smoke: yes
# needs: make gcc
# timeout: 120
mkdir src
i=1
while [ $i -le 50 ]; do
	cat > src/part$i.c <<END
#include <stdio.h>
#include <string.h>
#include "parts.h"
int part$i(int x)
{
	char text[64];
	snprintf(text, sizeof(text), "part %d of %d", $i, x);
	return (int)strlen(text) * $i + x;
}
END
	echo "int part$i(int x);" >> src/parts.h
	echo "sum += part$i(sum % 1000);" >> src/calls.h
	i=$((i + 1))
done
cat > src/main.c <<'END'
#include <stdio.h>
#include "parts.h"
int main(void)
{
	int sum = 1;
#include "calls.h"
	printf("sum %d\n", sum);
	return 0;
}
END
cat > Makefile <<'END'
OBJECTS := $(patsubst %.c,%.o,$(wildcard src/*.c))
program: $(OBJECTS)
	@gcc -o $@ $^ && echo linked $(words $^) objects
%.o: %.c src/parts.h
	@gcc -O1 -Wall -Werror -c -o $@ $<
clean:
	@rm -f program src/*.o
END
make -j2
./program
make -j2
touch src/part7.c
make -n | grep -c gcc
make clean
ls
ls src | wc -l
