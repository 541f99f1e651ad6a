/*
 * Where in a document's text a node stands, for errors about a value that jansson has accepted and
 * whose position it has not kept. The text is well-formed JSON, so this only counts brackets and
 * skips strings.
 */
#include "runtime/json_locate.h"

#include <string.h>

struct cursor {
	const char *at, *end;
};

static void skip_space(struct cursor *c)
{
	while (c->at < c->end && strchr(" \t\r\n,:", *c->at))
		c->at++;
}

static void skip_string(struct cursor *c)
{
	for (c->at++; c->at < c->end && *c->at != '"'; c->at++)
		if (*c->at == '\\')
			c->at++;
	c->at++;
}

static void skip_value(struct cursor *c)
{
	unsigned depth = 0;
	do {
		skip_space(c);
		if (c->at >= c->end)
			return;
		if (*c->at == '"') {
			skip_string(c);
		} else if (strchr("[{", *c->at)) {
			depth++;
			c->at++;
		} else if (strchr("]}", *c->at)) {
			depth--;
			c->at++;
		} else {
			while (c->at < c->end && !strchr(" \t\r\n,:]}", *c->at))
				c->at++;
		}
	} while (depth > 0);
}

/* Whether the string at the cursor is `key`; keys with escapes are never found. */
static bool is_key(const struct cursor *c, const char *key)
{
	size_t length = strlen(key);
	return (size_t)(c->end - c->at) > length + 1 && !memcmp(c->at + 1, key, length) &&
	       c->at[1 + length] == '"';
}

/* From the start of a node's parent to the node: its name in an object, its value in an array. */
static bool step_into(struct cursor *c, const struct node *node, bool to_value)
{
	c->at++;
	for (size_t i = 0;; i++) {
		skip_space(c);
		if (c->at >= c->end || strchr("]}", *c->at))
			return false;
		bool found = node->key ? is_key(c, node->key) : i == node->index;
		if (found && (!node->key || !to_value))
			return true;
		if (node->key)
			skip_string(c);
		skip_space(c);
		if (found)
			return true;
		skip_value(c);
	}
}

static bool find(struct cursor *c, const struct node *node, bool to_value)
{
	if (!node->parent) {
		skip_space(c);
		return c->at < c->end;
	}
	return find(c, node->parent, true) && step_into(c, node, to_value);
}

bool json_locate(const char *text, size_t size, const struct node *node, unsigned *line,
		 unsigned *column)
{
	struct cursor c = {text, text + size};
	/* A property that is missing is missing from its parent. */
	while (node->parent && !node->value)
		node = node->parent;
	if (!find(&c, node, false))
		return false;
	*line = *column = 1;
	for (const char *p = text; p < c.at; p++) {
		*line += *p == '\n';
		*column = *p == '\n' ? 1 : *column + 1;
	}
	return true;
}
