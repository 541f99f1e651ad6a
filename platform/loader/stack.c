/*
 * The new block ends where the old one did. The strings of argv[1]... and of the environment stay
 * where they are; what replaces argv[0] is put right below them, so that the strings of argv and
 * envp remain one piece, as /proc/PID/cmdline and programs that overwrite their title expect. Below
 * that come the AT_EXECFN string and then everything else, moved down.
 *
 * Every piece moves to a lower address and ends at or below the old beginning of the piece above
 * it, so copying the pieces from the lowest to the highest overwrites nothing that is still needed.
 */
#include "platform/loader/stack.h"

#include <elf.h>

/* The old block, taken apart. */
struct block {
	uint64_t argc, envc;
	uint64_t *argv, *envp, *auxv;
	char *tail;    /* AT_RANDOM and the like */
	char *strings; /* argv[0], or what comes first */
	char *rest;    /* argv[1], or what comes next */
	char *env, *env_end;
	size_t auxv_words;
};

static void copy_up(char *to, const char *from, size_t size)
{
	while (size--)
		*to++ = *from++;
}

static void copy_words_up(uint64_t *to, const uint64_t *from, size_t count)
{
	while (count--)
		*to++ = *from++;
}

/* With the NUL. */
static size_t text_size(const char *s)
{
	size_t n = 0;
	while (s[n])
		n++;
	return n + 1;
}

static void take_apart(uint64_t *sp, struct block *b)
{
	b->argc = sp[0];
	b->argv = sp + 1;
	b->envp = b->argv + b->argc + 1;
	for (b->envc = 0; b->envp[b->envc]; b->envc++)
		;
	b->auxv = b->envp + b->envc + 1;
	b->env_end = NULL;
	for (b->auxv_words = 0; b->auxv[b->auxv_words] != AT_NULL; b->auxv_words += 2)
		if (b->auxv[b->auxv_words] == AT_EXECFN)
			b->env_end = (char *)b->auxv[b->auxv_words + 1];
	b->auxv_words += 2;
	b->tail = (char *)(b->auxv + b->auxv_words);
	b->env = b->envc ? (char *)b->envp[0] : b->env_end;
	b->strings = b->argc ? (char *)b->argv[0] : b->env;
	b->rest = b->argc > 1 ? (char *)b->argv[1] : b->env;
}

static void fix_auxv(uint64_t *auxv, const struct loader_info *info,
		     const struct stack_image *image, const struct block *old, uint64_t tail_shift,
		     char *execfn)
{
	for (; auxv[0] != AT_NULL; auxv += 2) {
		switch (auxv[0]) {
		case AT_PHDR:
			auxv[1] = image->phdr;
			break;
		case AT_PHENT:
			auxv[1] = sizeof(Elf64_Phdr);
			break;
		case AT_PHNUM:
			auxv[1] = image->phnum;
			break;
		case AT_BASE:
			auxv[1] = image->base;
			break;
		case AT_ENTRY:
			auxv[1] = image->entry;
			break;
		case AT_UID:
			auxv[1] = info->uid;
			break;
		case AT_EUID:
			auxv[1] = info->euid;
			break;
		case AT_GID:
			auxv[1] = info->gid;
			break;
		case AT_EGID:
			auxv[1] = info->egid;
			break;
		case AT_SECURE:
			auxv[1] = info->secure;
			break;
		case AT_EXECFN:
			auxv[1] = (uint64_t)execfn;
			break;
		case AT_RANDOM:
		case AT_PLATFORM:
		case AT_BASE_PLATFORM:
			if (auxv[1] >= (uint64_t)old->tail && auxv[1] < (uint64_t)old->strings)
				auxv[1] -= tail_shift;
			break;
		}
	}
}

bool stack_rebuild(uint64_t *sp, const struct loader_info *info, const struct stack_image *image,
		   struct stack *stack)
{
	struct block old;
	take_apart(sp, &old);
	uint32_t prefix = info->prefix_count;
	size_t prefix_size = 0;
	for (uint32_t i = 0; i < prefix; i++)
		prefix_size += text_size(info->text + info->prefix[i]);
	size_t execfn_size = text_size(info->text + info->execfn);

	char *args = (prefix ? old.rest : old.strings) - prefix_size;
	char *execfn = args - execfn_size;
	char *tail = execfn < old.strings ? execfn : old.strings;
	tail = (char *)((uint64_t)(tail - (old.strings - old.tail)) & ~15ul);
	/* Pointers: argc, the prefix's, then all old ones from argv[1] (or argv[0]) to AT_NULL. */
	uint64_t *kept = old.argv + (prefix && old.argc ? 1 : 0);
	size_t kept_words = (size_t)((uint64_t *)old.tail - kept);
	uint64_t *new = (uint64_t *)tail - (1 + prefix + kept_words);
	new = (uint64_t *)((uint64_t) new & ~15ul);
	if ((char *)sp - (char *)new > STACK_GROWTH_MAX)
		return false;

	new[0] = old.argc - (uint64_t)(kept - old.argv) + prefix;
	copy_words_up(new + 1 + prefix, kept, kept_words);
	copy_up(tail, old.tail, (size_t)(old.strings - old.tail));
	copy_up(execfn, info->text + info->execfn, execfn_size);
	char *p = args;
	for (uint32_t i = 0; i < prefix; i++) {
		const char *s = info->text + info->prefix[i];
		new[1 + i] = (uint64_t)p;
		copy_up(p, s, text_size(s));
		p += text_size(s);
	}
	stack->sp = new;
	stack->auxv = new + 1 + prefix + kept_words - old.auxv_words;
	stack->auxv_size = old.auxv_words * sizeof *old.auxv;
	stack->arg_start = (uint64_t)args;
	stack->arg_end = stack->env_start = (uint64_t)old.env;
	stack->env_end = (uint64_t)old.env_end;
	fix_auxv(stack->auxv, info, image, &old, (uint64_t)(old.tail - tail), execfn);
	return true;
}
