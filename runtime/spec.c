/*
 * config.json as a whole: loading, the version, root, hooks, annotations. The larger properties
 * have files of their own (spec_parser.h). The JSON tree lives only while it is parsed; what is
 * kept is copied into the spec's arena.
 */
#include "runtime/spec_parser.h"
#include "lib/cleanup.h"
#include "lib/error.h"
#include "lib/io.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define CONFIG "config.json"

/* SPEC_VERSION_MAX in numbers; whatever differs in the patch level alone is understood. */
#define VERSION_MAJOR	  1
#define VERSION_MINOR_MAX 2

uint64_t parse_name(struct node node, const struct name_value *table, const char *what)
{
	const char *name = node_string(node);
	if (!name)
		return 0;
	const struct name_value *entry = find_name(table, name);
	char text[80];
	if (!entry)
		node_fail(&node, "unknown %s '%s'", what, printable(name, text, sizeof text));
	return entry ? entry->value : 0;
}

void parse_id_maps(struct node node, struct spec_id_maps *maps)
{
	struct node array = node_array(node);
	size_t count = node_count(&array);
	maps->maps = reader_alloc(node.reader, count, sizeof *maps->maps);
	if (!maps->maps)
		return;
	for (; maps->count < count; maps->count++) {
		struct node item = node_object(node_item(&array, maps->count));
		struct spec_id_map *map = &maps->maps[maps->count];
		map->container_id =
		    (uint32_t)node_unsigned(node_get(&item, "containerID", REQUIRED), UINT32_MAX);
		map->host_id =
		    (uint32_t)node_unsigned(node_get(&item, "hostID", REQUIRED), UINT32_MAX);
		map->size = (uint32_t)node_unsigned(node_get(&item, "size", REQUIRED), UINT32_MAX);
		/* The id 2^32 - 1 is no id, so the last of a range is at most 2^32 - 2. */
		if (!map->size)
			node_fail(&item, "a range of ids may not be empty");
		else if ((uint64_t)MAX(map->container_id, map->host_id) + map->size > UINT32_MAX)
			node_fail(&item, "the range of ids ends beyond the last id, %u",
				  UINT32_MAX - 1);
	}
}

/* "1.0.2-dev": three numbers, then perhaps a pre-release or build tag, as semantic versioning has
 * it. */
static bool read_version(const char *s, unsigned long numbers[3])
{
	for (int i = 0; i < 3; i++) {
		if (i > 0 && *s++ != '.')
			return false;
		if (*s < '0' || *s > '9')
			return false;
		char *end;
		numbers[i] = strtoul(s, &end, 10);
		s = end;
	}
	return *s == '\0' || *s == '-' || *s == '+';
}

static void parse_version(struct node node, struct spec *spec)
{
	spec->version = node_string(node);
	if (!spec->version)
		return;
	unsigned long numbers[3];
	char text[80];
	printable(spec->version, text, sizeof text);
	if (!read_version(spec->version, numbers))
		node_fail(&node, "'%s' is not a version such as 1.0.2", text);
	else if (numbers[0] != VERSION_MAJOR || numbers[1] > VERSION_MINOR_MAX)
		node_fail(&node, "version %s is not supported (supported: 1.0 to %d.%d)", text,
			  VERSION_MAJOR, VERSION_MINOR_MAX);
}

static void parse_root(const struct node *root, struct spec *spec)
{
	struct node path = node_get(root, "path", REQUIRED);
	spec->root.path = node_string(path);
	if (spec->root.path && !*spec->root.path)
		node_fail(&path, "the path is empty");
	spec->root.readonly = node_bool(node_get(root, "readonly", OPTIONAL));
}

static void parse_hook_list(struct node node, struct spec_hooks *hooks)
{
	struct node array = node_array(node);
	size_t count = node_count(&array);
	hooks->hooks = reader_alloc(node.reader, count, sizeof *hooks->hooks);
	if (!hooks->hooks)
		return;
	for (; hooks->count < count; hooks->count++) {
		struct node item = node_object(node_item(&array, hooks->count));
		struct spec_hook *hook = &hooks->hooks[hooks->count];
		hook->path = node_absolute(node_get(&item, "path", REQUIRED));
		hook->args = node_strings(node_get(&item, "args", OPTIONAL));
		hook->env = node_strings(node_get(&item, "env", OPTIONAL));
		struct node timeout = node_get(&item, "timeout", OPTIONAL);
		hook->timeout = (unsigned)node_signed(timeout, INT_MIN, INT_MAX);
		if (node_present(timeout) && (int)hook->timeout <= 0)
			node_fail(&timeout, "%d is not greater than zero", (int)hook->timeout);
	}
}

static void parse_hooks(struct node node, struct spec *spec)
{
	struct node hooks = node_object(node);
	for (int kind = 0; kind < SPEC_HOOK_KINDS; kind++)
		parse_hook_list(node_get(&hooks, spec_hook_name(kind), OPTIONAL),
				&spec->hooks[kind]);
}

static void parse_config(const struct node *root, struct spec *spec)
{
	parse_version(node_get(root, "ociVersion", REQUIRED), spec);
	struct node rootfs = node_object(node_get(root, "root", REQUIRED));
	parse_root(&rootfs, spec);
	spec->hostname = node_string(node_get(root, "hostname", OPTIONAL));
	spec->domainname = node_string(node_get(root, "domainname", OPTIONAL));
	parse_mounts(node_get(root, "mounts", OPTIONAL), spec);
	struct node process = node_object(node_get(root, "process", REQUIRED));
	parse_process(&process, &spec->process);
	parse_hooks(node_get(root, "hooks", OPTIONAL), spec);
	spec->annotations = node_pairs(node_get(root, "annotations", OPTIONAL));
	struct node host = node_object(node_get(root, "linux", OPTIONAL));
	parse_linux(&host, spec);
	check_spec(root, spec);
}

static void parse_process_file(const struct node *root, struct spec *spec)
{
	parse_process(root, &spec->process);
}

static void parse_resources_file(const struct node *root, struct spec *spec)
{
	parse_resources(*root, &spec->resources);
}

static void drop_json(json_t **value)
{
	json_decref(*value);
}

static int parse(const char *name, const char *text, size_t size,
		 void (*fill)(const struct node *, struct spec *), struct spec **out,
		 struct error *e)
{
	struct spec *spec = calloc(1, sizeof *spec);
	struct spec_arena *arena = arena_new();
	if (!spec || !arena) {
		free(spec);
		arena_free(arena);
		return error_set(e, ENOMEM, "%s", name);
	}
	spec->arena = arena;
	struct reader reader = {.document = name, .arena = arena, .error = e};
	_cleanup_(drop_json) json_t *value = reader_parse(&reader, text, size);
	if (value) {
		struct node root = node_object(node_root(&reader, value));
		fill(&root, spec);
	}
	char *copy = reader_alloc(&reader, size, 1);
	if (copy)
		spec->text = memcpy(copy, text, size);
	spec->text_size = size;
	if (reader.status) {
		spec_free(spec);
		return reader.status;
	}
	*out = spec;
	return 0;
}

int spec_parse(const char *text, size_t size, struct spec **out, struct error *e)
{
	return parse(CONFIG, text, size, parse_config, out, e);
}

int spec_process_parse(const char *name, const char *text, size_t size, struct spec **out,
		       struct error *e)
{
	return parse(name, text, size, parse_process_file, out, e);
}

int spec_resources_parse(const char *name, const char *text, size_t size, struct spec **out,
			 struct error *e)
{
	return parse(name, text, size, parse_resources_file, out, e);
}

void spec_free(struct spec *spec)
{
	if (!spec)
		return;
	arena_free(spec->arena);
	free(spec);
}

const char *spec_annotation(const struct spec *spec, const char *key)
{
	for (size_t i = 0; i < spec->annotations.count; i++) {
		if (strcmp(spec->annotations.pairs[i].key, key) == 0)
			return spec->annotations.pairs[i].value;
	}
	return NULL;
}

/* --- from a bundle -----------------------------------------------------------------------------
 */

/* Makes *path absolute, from the bundle on. */
static void make_absolute(struct reader *reader, const char *bundle, const char **path)
{
	if (reader->status || !*path || **path == '/')
		return;
	size_t size = strlen(bundle) + strlen(*path) + 2;
	char *joined = reader_alloc(reader, size, 1);
	if (!joined)
		return;
	snprintf(joined, size, "%s/%s", bundle, *path);
	*path = joined;
}

static int resolve(struct spec *spec, const char *bundle, struct error *e)
{
	struct reader reader = {.document = CONFIG, .arena = spec->arena, .error = e};
	make_absolute(&reader, bundle, &spec->root.path);
	for (size_t i = 0; i < spec->mount_count; i++) {
		if (spec->mounts[i].flags & MS_BIND)
			make_absolute(&reader, bundle, &spec->mounts[i].source);
	}
	if (reader.status)
		return reader.status;
	struct stat st;
	int r = stat(spec->root.path, &st) < 0 ? -errno : 0;
	if (r == 0 && !S_ISDIR(st.st_mode))
		r = -ENOTDIR;
	if (r < 0)
		return error_set(e, -r, "%s: root.path: root filesystem '%s'", CONFIG,
				 spec->root.path);
	return 0;
}

static int read_config(const char *bundle, char **text, size_t *size, struct error *e)
{
	_cleanup_close_ int dir = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return error_set(e, errno, "bundle '%s'", bundle);
	ssize_t n = read_file_alloc(dir, CONFIG, SPEC_SIZE_MAX, text);
	if (n == -ENOENT) {
		error_set(e, 0, "bundle '%s' has no %s; `capbox spec` writes one to start from",
			  bundle, CONFIG);
		return -ENOENT;
	}
	if (n == -EFBIG) {
		error_set(e, 0, "%s: larger than %u MiB", CONFIG, SPEC_SIZE_MAX >> 20);
		return -EFBIG;
	}
	if (n < 0)
		return error_set(e, (int)-n, "cannot read '%s/%s'", bundle, CONFIG);
	*size = (size_t)n;
	return 0;
}

int spec_load(const char *bundle, struct spec **out, struct error *e)
{
	_cleanup_free_ char *path = realpath(bundle, NULL);
	if (!path)
		return error_set(e, errno, "bundle '%s'", bundle);
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r = read_config(path, &text, &size, e);
	if (r < 0)
		return r;
	struct spec *spec;
	r = spec_parse(text, size, &spec, e);
	if (r < 0)
		return r;
	r = resolve(spec, path, e);
	if (r < 0) {
		spec_free(spec);
		return r;
	}
	*out = spec;
	return 0;
}
