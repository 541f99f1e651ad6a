/*
 * Synthesized trees: the walk's text handling, nodes and their names.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sentry/sentry.h"
#include "sentry/vfs/tree.h"

static struct vfs vfs = {
    .tree = {{.path = "/proc", .skeleton = 0}, {.path = "/a/sys", .skeleton = 0}}};
static struct sentry sentry = {.vfs = &vfs};

static const char *match(const char *path)
{
	struct vfs_node node;
	return vfs_match(&sentry, path, &node);
}

Test(vfs_tree, a_tree_is_known_by_its_text)
{
	cr_assert_str_eq(match("/proc"), "");
	cr_assert_str_eq(match("/proc/"), "/");
	cr_assert_str_eq(match("/proc/self/fd"), "/self/fd");
	cr_assert_str_eq(match("//.//proc/./x"), "/./x");
	cr_assert_str_eq(match("/./././proc"), "");
	cr_assert_str_eq(match("/a//sys/class"), "/class");
	cr_assert_str_eq(match("/a/./sys/../x"), "/../x");
}

Test(vfs_tree, other_texts_are_the_kernels)
{
	static const char *const paths[] = {
	    "/",	"/procx",  "/pro",   "/x/proc",	   "/a", "/a/sysx", "/a/x/sys",
	    "/../proc", "/proc..", "/.proc", "/a/../proc", "//", "/..",	    "/./"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		cr_assert_null(match(paths[i]), "%s", paths[i]);
}

Test(vfs_tree, a_tree_that_is_not_mounted_matches_nothing)
{
	struct vfs none = {.tree = {{.path = "", .skeleton = -1}, {.path = "", .skeleton = -1}}};
	struct sentry s = {.vfs = &none};
	struct vfs_node node;
	cr_assert_null(vfs_match(&s, "/proc", &node));
}

static void expect_component(struct vfs_walk *walk, const char *expected, bool expected_last)
{
	char name[256];
	bool last;
	cr_assert_eq(vfs_walk_next(walk, name, &last), 1);
	cr_assert_str_eq(name, expected);
	cr_assert_eq(last, expected_last, "%s", expected);
}

Test(vfs_tree, components_and_links_in_front_of_them)
{
	struct vfs_walk walk = {};
	char name[256];
	bool last;
	cr_assert_eq(vfs_walk_prepend(&walk, "//self///fd/", 12), 0);
	expect_component(&walk, "self", false);
	cr_assert_eq(vfs_walk_prepend(&walk, "12", 2), 0);
	expect_component(&walk, "12", false);
	expect_component(&walk, "fd", false); /* the slash behind it asks for a directory */
	cr_assert_eq(vfs_walk_next(&walk, name, &last), 0);
}

Test(vfs_tree, walks_are_bounded)
{
	struct vfs_walk walk = {};
	char long_name[300], name[256];
	bool last;
	memset(long_name, 'x', sizeof long_name);
	cr_assert_eq(vfs_walk_prepend(&walk, long_name, sizeof long_name), 0);
	cr_assert_eq(vfs_walk_next(&walk, name, &last), -ENAMETOOLONG);
	int r = 0;
	for (int i = 0; i < 20 && r == 0; i++)
		r = vfs_walk_prepend(&walk, long_name, sizeof long_name);
	cr_assert_eq(r, -ENAMETOOLONG);
}

static bool always(struct vfs_view *v, unsigned long key)
{
	return true;
}

static const struct vfs_row number_row = {.name = "cpu", .mode = S_IFDIR | 0755, .exists = always};
static const struct vfs_row fixed_rows[] = {{.name = "cpufreq", .mode = 0444}, {}};
static const struct vfs_row root_row = {
    .name = "", .mode = S_IFDIR | 0555, .rows = fixed_rows, .numbered = &number_row};

Test(vfs_tree, children_are_found_by_name_and_number)
{
	struct vfs_node root = {.level = {{&root_row, 0}}}, child;
	struct vfs_view v = {.node = &root};
	char path[64];
	cr_assert_eq(vfs_child(&v, "cpufreq", false, &child), 0);
	cr_assert_eq(vfs_row(&child), &fixed_rows[0]);
	cr_assert_eq(vfs_child(&v, "cpu12", false, &child), 0);
	cr_assert_eq(child.level[1].key, 12);
	cr_assert_eq(vfs_node_path(&child, path, sizeof path), 5);
	cr_assert_str_eq(path, "cpu12");
	cr_assert_eq(vfs_node_path(&child, path, 5), -ENAMETOOLONG);
	static const char *const no[] = {
	    "cpu",	    "cpu01", "cpu+1", "cpu-1",
	    "cpux",	    "",	     "cpu1x", "cpu99999999999999999999",
	    "cpu4294967297"};
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		cr_assert_eq(vfs_child(&v, no[i], false, &child), -ENOENT, "%s", no[i]);
}

Test(vfs_tree, names_of_text_files_are_put_right)
{
	char deleted[] = "/proc/\1"
			 "2a\1"
			 "7\1status (deleted)";
	text_path_clean(deleted);
	cr_assert_str_eq(deleted, "/proc/7/status");
	char plain[] = "/tmp/x (deleted)";
	text_path_clean(plain);
	cr_assert_str_eq(plain, "/tmp/x (deleted)");
	char half[] = "/proc/\1only";
	text_path_clean(half);
	cr_assert_str_eq(half, "/proc/\1only");
	char inside[] = "/tmp/a\1"
			"b\1c";
	text_path_clean(inside);
	cr_assert_str_eq(inside, "/tmp/a\1"
				 "b\1c");
}
