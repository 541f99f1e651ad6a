/* Where in a document's text a node of json.h stands. */
#ifndef CAPBOX_RUNTIME_JSON_LOCATE_H
#define CAPBOX_RUNTIME_JSON_LOCATE_H

#include "runtime/json.h"

/*
 * Line and column, from 1 (bytes), of a property's name or an item; of the parent where the node is
 * absent. `text` is what the document was parsed from. False when it cannot be found.
 */
bool json_locate(const char *text, size_t size, const struct node *node, unsigned *line,
		 unsigned *column);

#endif
