/* See copies.h. */
#include "platform/copies.h"

#include <string.h>

#include "lib/cleanup.h"

void copies_add(struct copies *c, uint64_t address, const void *data, size_t size, uint32_t flags)
{
	size_t length = MIN(MIN(size, (size_t)COPIES_PIECE), (size_t)COPIES_SIZE - c->used);
	if (c->count == COPIES_MAX || length == 0)
		return;
	c->pieces[c->count++] = (struct copy){.address = address,
					      .size = (uint32_t)size,
					      .offset = (uint16_t)c->used,
					      .length = (uint16_t)length,
					      .flags = flags};
	memcpy(c->bytes + c->used, data, length);
	c->used += (uint32_t)length;
}

const struct copy *copies_at(const struct copies *c, uint64_t address)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (c->pieces[i].address == address)
			return &c->pieces[i];
	return NULL;
}
