/* For tools of the build: a seccomp program as a C array. */
#ifndef CAPBOX_PLATFORM_GEN_WRITE_PROGRAM_H
#define CAPBOX_PLATFORM_GEN_WRITE_PROGRAM_H

#include <linux/filter.h>
#include <stdio.h>

static inline void write_program(FILE *f, const char *name, const struct sock_fprog *program)
{
	fprintf(f, "static const struct sock_filter %s[] = {\n", name);
	for (unsigned i = 0; i < program->len; i++)
		fprintf(f, "\t{%#x, %u, %u, %#x},\n", program->filter[i].code,
			program->filter[i].jt, program->filter[i].jf, program->filter[i].k);
	fputs("};\n", f);
}

#endif
