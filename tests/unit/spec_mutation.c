/*
 * config.json's that are damaged: whatever the text, the parser answers with a spec or with one
 * line, and touches no memory but its own (which the sanitizers watch in that build).
 */
#include "lib/cleanup.h"
#include "lib/error.h"
#include "runtime/spec.h"
#include "tests/unit/spec_config.h"

#include <criterion/criterion.h>
#include <string.h>

/* Parses a copy of exactly `size` bytes, so that a read beyond them is seen. */
static int parse_exact(const char *text, size_t size)
{
	_cleanup_free_ char *copy = malloc(size ? size : 1);
	memcpy(copy, text, size);
	struct error e = {0};
	struct spec *spec = NULL;
	int r = spec_parse(copy, size, &spec, &e);
	cr_assert((r == 0) == (spec != NULL));
	if (r < 0) {
		cr_assert_eq(strncmp(e.message, "config.json: ", 13), 0, "%s", e.message);
		cr_assert_null(strchr(e.message, '\n'), "%s", e.message);
	}
	spec_free(spec);
	return r;
}

Test(spec_mutation, truncated)
{
	static const char *const texts[] = {full_config, docker_config, small_config};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		size_t size = strlen(texts[i]);
		while (size > 0 && texts[i][size - 1] == '\n')
			size--;
		cr_assert_eq(parse_exact(texts[i], size), 0);
		for (size_t cut = 0; cut < size; cut += cut % 7 + 1)
			cr_assert_lt(parse_exact(texts[i], cut), 0);
	}
}

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

Test(spec_mutation, bytes)
{
	static const char letters[] = "{}[]\",:0123456789-.eE\\untfalse\n";
	size_t size = strlen(full_config);
	uint32_t state = 2463534242;
	for (int round = 0; round < 2000; round++) {
		_cleanup_free_ char *text = strdup(full_config);
		for (uint32_t n = next_random(&state) % 4; n < 4; n++) {
			uint32_t where = next_random(&state) % (uint32_t)size;
			uint32_t what = next_random(&state);
			text[where] = what & 1 ? (char)(what >> 8)
					       : letters[(what >> 8) % (sizeof letters - 1)];
		}
		parse_exact(text, size);
	}
}

/* Each of these is put in the place of every value of a configuration. */
static const char *const replacements[] = {
    "null", "true",  "-1",     "4294967296",   "1.5",
    "\"\"", "\"/\"", "[null]", "{\"\": null}", "\"\\u0000#####################\"",
};

static void try_document(json_t *root)
{
	_cleanup_free_ char *text = json_dumps(root, 0);
	parse_exact(text, strlen(text));
}

static void flip_children(json_t *root, json_t *parent);

static void flip_member(json_t *root, json_t *object, const char *key)
{
	json_t *old = json_incref(json_object_get(object, key));
	for (size_t i = 0; i < ARRAY_SIZE(replacements); i++) {
		json_object_set_new(
		    object, key,
		    json_loads(replacements[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
		try_document(root);
	}
	json_object_set(object, key, old);
	flip_children(root, old);
	json_decref(old);
}

static void flip_item(json_t *root, json_t *array, size_t index)
{
	json_t *old = json_incref(json_array_get(array, index));
	for (size_t i = 0; i < ARRAY_SIZE(replacements); i++) {
		json_array_set_new(
		    array, index,
		    json_loads(replacements[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
		try_document(root);
	}
	json_array_set(array, index, old);
	flip_children(root, old);
	json_decref(old);
}

static void flip_children(json_t *root, json_t *parent)
{
	const char *key;
	void *next;
	json_t *value;
	json_object_foreach_safe(parent, next, key, value)
	{
		_cleanup_free_ char *name = strdup(key);
		flip_member(root, parent, name);
	}
	for (size_t i = 0; i < json_array_size(parent); i++)
		flip_item(root, parent, i);
}

Test(spec_mutation, types)
{
	json_t *root = load_config(full_config);
	flip_children(root, root);
	json_decref(root);
}

/* Nesting as deep as the JSON parser allows, where nobody looks and where somebody does. */
Test(spec_mutation, deep)
{
	static char text[100000];
	static const char *const places[] = {"x", "mounts", "process", "annotations"};
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		int n = snprintf(text, sizeof text, "{\"%s\":", places[i]);
		memset(text + n, '[', 50000);
		cr_expect_lt(parse_exact(text, (size_t)n + 50000), 0);
	}
}
