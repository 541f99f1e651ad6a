/*
 * Nodes over jansson's values, and the memory that parsed structs live in.
 *
 * jansson's integers end at INT64_MAX, but the runtime specification has uint64 properties and
 * RLIM_INFINITY is a common value of one. So the text is first searched for integers from 2^63 to
 * 2^64 - 1, and each is replaced by a string of the same width (line and column of errors stay
 * right) that no valid string equals: a NUL character and then the number to the base 57.
 */
#include "runtime/json.h"
#include "lib/clear.h"
#include "lib/error.h"
#include "runtime/json_locate.h"

#include <stdarg.h>
#include <string.h>

#define ARENA_CHUNK ((size_t)16 << 10)

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	_Alignas(max_align_t) char data[];
};

struct spec_arena {
	struct arena_chunk *chunks;
};

struct spec_arena *arena_new(void)
{
	return calloc(1, sizeof(struct spec_arena));
}

void arena_free(struct spec_arena *arena)
{
	if (!arena)
		return;
	while (arena->chunks) {
		struct arena_chunk *next = arena->chunks->next;
		clear_free(arena->chunks); /* environments hold secrets */
		arena->chunks = next;
	}
	free(arena);
}

static void *arena_alloc(struct spec_arena *arena, size_t size)
{
	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	struct arena_chunk *chunk = arena->chunks;
	if (!chunk || chunk->size - chunk->used < size) {
		size_t room = MAX(size, ARENA_CHUNK);
		chunk = calloc(1, sizeof *chunk + room);
		if (!chunk)
			return NULL;
		chunk->size = room;
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	void *p = chunk->data + chunk->used;
	chunk->used += size;
	return p;
}

void *reader_alloc(struct reader *reader, size_t count, size_t size)
{
	if (reader->status)
		return NULL;
	size_t bytes;
	void *p = NULL;
	if (!__builtin_mul_overflow(count, size, &bytes) && bytes <= SIZE_MAX / 2)
		p = arena_alloc(reader->arena, MAX(bytes, (size_t)1));
	if (!p)
		reader->status = error_set(reader->error, ENOMEM, "%s", reader->document);
	return p;
}

const char *reader_strdup(struct reader *reader, const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = reader_alloc(reader, size, 1);
	return copy ? memcpy(copy, s, size) : NULL;
}

/* --- text --------------------------------------------------------------------------------------
 */

#define BIG_PREFIX "\"\\u0000"
#define BIG_BASE   57
#define BIG_FIRST  '#' /* the digits are the 57 characters from here on: no quote, no backslash */
#define BIG_DIGITS 11

/* Writes value over the `width` (19 or 20) digits at p, as a string. */
static void hide_big(char *p, size_t width, uint64_t value)
{
	size_t prefix = sizeof BIG_PREFIX - 1;
	memcpy(p, BIG_PREFIX, prefix);
	for (size_t i = 0; i < BIG_DIGITS; i++, value /= BIG_BASE)
		p[prefix + i] = (char)(BIG_FIRST + value % BIG_BASE);
	memset(p + prefix + BIG_DIGITS, BIG_FIRST, width - prefix - BIG_DIGITS - 1);
	p[width - 1] = '"';
}

/* Whether a string value stands for a big integer. */
static bool big_value(const json_t *value, uint64_t *out)
{
	if (!json_is_string(value) || json_string_length(value) < 1 + BIG_DIGITS)
		return false;
	const char *s = json_string_value(value);
	if (s[0] != '\0')
		return false;
	uint64_t n = 0;
	for (size_t i = BIG_DIGITS; i > 0; i--) {
		if (s[i] < BIG_FIRST || s[i] >= BIG_FIRST + BIG_BASE)
			return false;
		n = n * BIG_BASE + (uint64_t)(s[i] - BIG_FIRST);
	}
	*out = n;
	return true;
}

/* The integer of `width` digits at p when it is beyond int64_t and within uint64_t. */
static bool is_big(const char *p, size_t width, uint64_t *value)
{
	if (width < 19 || width > 20 || *p == '0')
		return false;
	uint64_t n = 0;
	for (size_t i = 0; i < width; i++) {
		if (__builtin_mul_overflow(n, 10u, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(p[i] - '0'), &n))
			return false;
	}
	*value = n;
	return n > INT64_MAX;
}

static size_t count_digits(const char *p, size_t size)
{
	size_t n = 0;
	while (n < size && p[n] >= '0' && p[n] <= '9')
		n++;
	return n;
}

static void hide_big_integers(char *text, size_t size)
{
	bool in_string = false;
	char before = '\0';
	for (size_t i = 0; i < size; before = text[i++]) {
		if (in_string && text[i] == '\\') {
			i += i + 1 < size;
			continue;
		}
		if (text[i] == '"')
			in_string = !in_string;
		if (in_string)
			continue;
		size_t width = count_digits(text + i, size - i);
		if (!width)
			continue;
		char after = i + width < size ? text[i + width] : '\0';
		uint64_t value;
		if (!strchr("-+.eE", before ? before : ' ') &&
		    !strchr(".eE", after ? after : ' ') && is_big(text + i, width, &value))
			hide_big(text + i, width, value);
		i += width - 1;
	}
}

json_t *reader_parse(struct reader *reader, const char *text, size_t size)
{
	if (size > SPEC_SIZE_MAX) {
		reader->status = -EFBIG;
		error_set(reader->error, 0, "%s: larger than %u MiB", reader->document,
			  SPEC_SIZE_MAX >> 20);
		return NULL;
	}
	_cleanup_clear_ char *copy = malloc(size + 1);
	if (!copy) {
		reader->status = error_set(reader->error, ENOMEM, "%s", reader->document);
		return NULL;
	}
	memcpy(copy, text, size);
	hide_big_integers(copy, size);
	json_error_t error;
	json_t *value = json_loadb(
	    copy, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
	if (!value) {
		char why[sizeof error.text];
		reader->status =
		    error_set(reader->error, 0, "%s: line %d, column %d: %s", reader->document,
			      error.line, error.column, printable(error.text, why, sizeof why));
	}
	return value;
}

/* --- errors ------------------------------------------------------------------------------------
 */

const char *printable(const char *s, char *buffer, size_t size)
{
	size_t i = 0;
	for (; s[i] && i + 1 < size; i++)
		buffer[i] = (unsigned char)s[i] < ' ' || s[i] == 0x7f ? '?' : s[i];
	buffer[i] = '\0';
	if (s[i] && size > 4)
		memcpy(buffer + size - 4, "...", 4);
	return buffer;
}

static bool plain_key(const char *key)
{
	return *key &&
	       !key[strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")];
}

static void append(char *path, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void append(char *path, size_t size, const char *format, ...)
{
	size_t used = strlen(path);
	va_list args;
	va_start(args, format);
	vsnprintf(path + used, size - used, format, args);
	va_end(args);
}

/* Writes ": " and the path of a node other than the root: process.args[0], annotations["a.b"]. */
static void node_path(const struct node *node, char *path, size_t size)
{
	if (!node->parent) {
		path[0] = '\0';
		return;
	}
	node_path(node->parent, path, size);
	const char *join = node->parent->parent ? "." : ": ";
	char key[80];
	if (!node->key)
		append(path, size, "[%zu]", node->index);
	else if (plain_key(node->key))
		append(path, size, "%s%s", join, printable(node->key, key, sizeof key));
	else
		append(path, size, "[\"%s\"]", printable(node->key, key, sizeof key));
}

void node_fail(const struct node *node, const char *format, ...)
{
	struct reader *reader = node->reader;
	if (reader->status)
		return;
	char path[512], message[400], place[48] = "";
	unsigned line, column;
	node_path(node, path, sizeof path);
	if (reader->text && json_locate(reader->text, reader->text_size, node, &line, &column))
		snprintf(place, sizeof place, ": line %u, column %u", line, column);
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	reader->status =
	    error_set(reader->error, 0, "%s%s%s: %s", reader->document, place, path, message);
}

static const char *type_name(const json_t *value)
{
	uint64_t ignored;
	if (big_value(value, &ignored))
		return "integer";
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "object";
	case JSON_ARRAY:
		return "array";
	case JSON_STRING:
		return "string";
	case JSON_INTEGER:
		return "integer";
	case JSON_REAL:
		return "real number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "boolean";
	default:
		return "null";
	}
}

/* Whether the value is there; when it is but not of the wanted type, that is an error. */
static bool node_is(const struct node *node, bool right, const char *wanted)
{
	if (!node->value || node->reader->status)
		return false;
	if (!right)
		node_fail(node, "expected %s, found %s", wanted, type_name(node->value));
	return right;
}

/* --- walking -----------------------------------------------------------------------------------
 */

struct node node_root(struct reader *reader, json_t *value)
{
	return (struct node){.reader = reader, .value = value};
}

struct node node_get(const struct node *object, const char *key, enum need need)
{
	json_t *value = json_object_get(object->value, key);
	struct node node = {
	    .reader = object->reader,
	    .parent = object,
	    .key = key,
	    .value = object->reader->status || json_is_null(value) ? NULL : value,
	};
	if (!node.value && need == REQUIRED && object->value)
		node_fail(&node, "required property is missing");
	return node;
}

struct node node_item(const struct node *array, size_t index)
{
	return (struct node){
	    .reader = array->reader,
	    .parent = array,
	    .index = index,
	    .value = array->reader->status ? NULL : json_array_get(array->value, index),
	};
}

struct node node_at(const struct node *object, void *iterator)
{
	return (struct node){
	    .reader = object->reader,
	    .parent = object,
	    .key = json_object_iter_key(iterator),
	    .value = object->reader->status ? NULL : json_object_iter_value(iterator),
	};
}

struct node node_object(struct node node)
{
	if (!node_is(&node, json_is_object(node.value), "object"))
		node.value = NULL;
	return node;
}

struct node node_array(struct node node)
{
	if (!node_is(&node, json_is_array(node.value), "array"))
		node.value = NULL;
	return node;
}

size_t node_count(const struct node *node)
{
	if (node->reader->status)
		return 0;
	return json_is_object(node->value) ? json_object_size(node->value)
					   : json_array_size(node->value);
}

/* --- values ------------------------------------------------------------------------------------
 */

const char *node_string(struct node node)
{
	uint64_t ignored;
	bool right = json_is_string(node.value) && !big_value(node.value, &ignored);
	if (!node_is(&node, right, "string"))
		return NULL;
	const char *s = json_string_value(node.value);
	if (strlen(s) != json_string_length(node.value)) {
		node_fail(&node, "a string may not hold the NUL character");
		return NULL;
	}
	return reader_strdup(node.reader, s);
}

const char *node_absolute(struct node node)
{
	const char *path = node_string(node);
	if (path && *path != '/') {
		char text[80];
		node_fail(&node, "'%s' is not an absolute path",
			  printable(path, text, sizeof text));
		return NULL;
	}
	return path;
}

bool node_bool(struct node node)
{
	return node_is(&node, json_is_boolean(node.value), "boolean") && json_is_true(node.value);
}

int64_t node_signed(struct node node, int64_t min, int64_t max)
{
	uint64_t big;
	bool is_beyond = big_value(node.value, &big);
	if (!node_is(&node, is_beyond || json_is_integer(node.value), "integer"))
		return 0;
	int64_t value = is_beyond ? 0 : json_integer_value(node.value);
	if (is_beyond)
		node_fail(&node, "%llu is out of range (%lld to %lld)", (unsigned long long)big,
			  (long long)min, (long long)max);
	else if (value < min || value > max)
		node_fail(&node, "%lld is out of range (%lld to %lld)", (long long)value,
			  (long long)min, (long long)max);
	else
		return value;
	return 0;
}

uint64_t node_unsigned(struct node node, uint64_t max)
{
	uint64_t value = 0;
	bool is_beyond = big_value(node.value, &value);
	if (!node_is(&node, is_beyond || json_is_integer(node.value), "integer"))
		return 0;
	int64_t small = is_beyond ? 0 : json_integer_value(node.value);
	if (!is_beyond && small >= 0)
		value = (uint64_t)small;
	if (small < 0)
		node_fail(&node, "%lld is out of range (0 to %llu)", (long long)small,
			  (unsigned long long)max);
	else if (value > max)
		node_fail(&node, "%llu is out of range (0 to %llu)", (unsigned long long)value,
			  (unsigned long long)max);
	else
		return value;
	return 0;
}

struct spec_i64 node_i64(struct node node, int64_t min, int64_t max)
{
	return (struct spec_i64){node_present(node), node_signed(node, min, max)};
}

struct spec_u64 node_u64(struct node node, uint64_t max)
{
	return (struct spec_u64){node_present(node), node_unsigned(node, max)};
}

struct spec_u32 node_u32(struct node node, uint32_t max)
{
	return (struct spec_u32){node_present(node), (uint32_t)node_unsigned(node, max)};
}

struct spec_strings node_strings(struct node node)
{
	struct node array = node_array(node);
	size_t count = node_count(&array);
	struct spec_strings list = {0};
	list.strings = reader_alloc(node.reader, count + 1, sizeof *list.strings);
	if (!list.strings)
		return (struct spec_strings){0};
	for (; list.count < count; list.count++)
		list.strings[list.count] = node_string(node_item(&array, list.count));
	/* So that no string of a list is ever NULL. */
	return node.reader->status ? (struct spec_strings){0} : list;
}

struct spec_pairs node_pairs(struct node node)
{
	struct node object = node_object(node);
	struct spec_pairs list = {0};
	list.pairs = reader_alloc(node.reader, node_count(&object), sizeof *list.pairs);
	if (!list.pairs || !object.value)
		return (struct spec_pairs){0};
	for (void *i = json_object_iter(object.value); i;
	     i = json_object_iter_next(object.value, i)) {
		struct node member = node_at(&object, i);
		if (!*member.key || strlen(member.key) != json_object_iter_key_len(i))
			node_fail(&object, "a key is empty or holds the NUL character");
		const char *key = reader_strdup(node.reader, member.key);
		list.pairs[list.count++] = (struct spec_pair){key, node_string(member)};
	}
	return node.reader->status ? (struct spec_pairs){0} : list;
}
