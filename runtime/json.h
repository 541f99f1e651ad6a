/*
 * Reading a JSON document with errors that say where.
 *
 * A `struct node` is a value together with the way to it from the root, so that whatever is wrong
 * with it can be reported by its path: "config.json: process.args[0]: expected string, found
 * integer". Nodes live on the stack of whoever walks; a node points to its parent's, which must
 * outlive it.
 *
 * Errors are sticky: the first one is kept in the reader, and from then on every accessor answers
 * "absent" (NULL, 0, false, no items). A parser can thus be written as a plain list of assignments,
 * with one look at reader->status at the end.
 *
 * Conventions: a property whose value is null counts as absent, as in other runtimes. A name that
 * comes twice in one object is a syntax error. A string with a NUL character is an error.
 */
#ifndef CAPBOX_RUNTIME_JSON_H
#define CAPBOX_RUNTIME_JSON_H

#include "runtime/spec.h"

#include <jansson.h>

enum need { OPTIONAL, REQUIRED };

/* Memory that is released together. */
struct spec_arena;

struct reader {
	const char *document; /* the file's name, first in every error */
	struct spec_arena *arena;
	struct error *error;
	int status; /* 0, or the negative errno of the first error */

	/* With the text (borrowed), errors about values tell line and column too. */
	const char *text;
	size_t text_size;
};

struct node {
	struct reader *reader;
	const struct node *parent; /* NULL: this is the root */
	const char *key;	   /* the name in the parent when that is an object */
	size_t index;		   /* the place in the parent when that is an array */
	json_t *value;		   /* NULL: absent */
};

struct spec_arena *arena_new(void);
void arena_free(struct spec_arena *arena);

/* Zeroed memory for `count` elements, never for none; NULL after an error, which may be this one's
 * -ENOMEM. */
void *reader_alloc(struct reader *reader, size_t count, size_t size);
const char *reader_strdup(struct reader *reader, const char *s);

/*
 * Parses `size` bytes into a document that the caller releases with json_decref, or returns NULL
 * with the error, which has line and column, in the reader. Integers up to UINT64_MAX are kept
 * exactly, for node_unsigned.
 */
json_t *reader_parse(struct reader *reader, const char *text, size_t size);

struct node node_root(struct reader *reader, json_t *value);

/* Records an error at the node (-EINVAL), unless there was one before. */
void node_fail(const struct node *node, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* s, shortened and with control characters replaced, for use in a one-line message. */
const char *printable(const char *s, char *buffer, size_t size);

/* The property `key` of an object (or of nothing: then absent). */
struct node node_get(const struct node *object, const char *key, enum need need);

/* The item of an array; index < node_count(). */
struct node node_item(const struct node *array, size_t index);

/* The property that an iterator of jansson's json_object_iter() stands at. */
struct node node_at(const struct node *object, void *iterator);

static inline bool node_present(struct node node)
{
	return node.value;
}

/* Check the type and give the node itself; an absent value stays absent. */
struct node node_object(struct node node);
struct node node_array(struct node node);

/* Items of an array, properties of an object, 0 when absent. */
size_t node_count(const struct node *node);

const char *node_string(struct node node); /* the reader's memory; NULL when absent */
bool node_bool(struct node node);
int64_t node_signed(struct node node, int64_t min, int64_t max);
uint64_t node_unsigned(struct node node, uint64_t max);

struct spec_i64 node_i64(struct node node, int64_t min, int64_t max);
struct spec_u64 node_u64(struct node node, uint64_t max);
struct spec_u32 node_u32(struct node node, uint32_t max);

/* A string that must be an absolute path. */
const char *node_absolute(struct node node);

struct spec_strings node_strings(struct node node);

/* An object of strings; a key may not be empty. */
struct spec_pairs node_pairs(struct node node);

#endif
