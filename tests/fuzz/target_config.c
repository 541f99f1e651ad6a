/*
 * config.json, a process and a resources object: the first byte chooses. Whatever the text is, the
 * answer is a spec or one line.
 */
#include "lib/error.h"
#include "runtime/seccomp_profile.h"
#include "runtime/spec.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static int parse(uint8_t kind, const char *text, size_t size, struct spec **spec, struct error *e)
{
	switch (kind % 4) {
	case 0:
		return spec_process_parse("process", text, size, spec, e);
	case 1:
		return spec_resources_parse("resources", text, size, spec, e);
	default:
		return spec_parse(text, size, spec, e);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error e = {0};
	struct spec *spec = NULL;
	if (size == 0)
		return 0;
	/* A file of the corpus is a readable config.json: its "{" is kind 3. */
	size_t skip = data[0] == '{' ? 0 : 1;
	int r = parse(data[0], (const char *)data + skip, size - skip, &spec, &e);
	MUST((r == 0) == (spec != NULL));
	MUST(r == 0 || (e.message[0] && !strchr(e.message, '\n')));
	if (spec) {
		struct sock_fprog filter = {0};
		if (seccomp_profile_build(&spec->seccomp, &filter, &e) == 0)
			seccomp_profile_release(&filter);
	}
	spec_free(spec);
	return 0;
}
