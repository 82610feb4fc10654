/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the initramfs builder makes of a recipe: the guest's files, and complaints. */
#include "tests/unit/test_initramfs.h"

#include "guest/image/busybox.h"
#include "guest/image/recipe.h"

static void dynamic_programs_are_known(void **state)
{
	struct blob b = { 0 };
	struct diag d = { 0 };

	assert_int_equal(file_read(&b, NULL, "/proc/self/exe", &d), 0);
	assert_true(elf_is_dynamic(&b)); /* this test */
	for (size_t cut = 0; cut < 400; cut++) {
		struct blob part = { b.data, cut };

		(void)elf_is_dynamic(&part);
	}
	blob_free(&b);
	assert_false(elf_is_dynamic(&b));
}

static const struct entry *entry_of(const struct tree *t, const char *path)
{
	for (size_t i = 0; i < t->count; i++)
		if (!strcmp(t->list[i].path, path))
			return &t->list[i];
	return NULL;
}

/* A busybox of our own: a script serves, as nothing here needs it to be a program. */
static void make_busybox(void)
{
	put_file("busybox", "#!/bin/sh\necho bin/sh; echo sbin/reboot\n", 41);
	assert_int_equal(chmod("busybox", 0755), 0);
}

static int build(struct recipe *r, struct tree *t, struct inputs *in, struct diag *d)
{
	r->busybox = "./busybox";
	r->agent = "agent";
	return recipe_build(r, t, in, d);
}

static void recipe_makes_a_guest(void **state)
{
	char file[] = "agent=/opt=/copy", module[] = "soft p=1";
	char *const files[] = { file }, *const modules[] = { module };
	struct recipe r = { .kind = "run",
			    .kernel = "kernel",
			    .files = files,
			    .file_count = 1,
			    .modules = modules,
			    .module_count = 1 };
	static const char load[] = "virtio_ring.ko\nvirtio.ko\nvirtio_mmio.ko\nvirtio_console.ko\n"
				   "virtio-rng.ko\nsoft.ko p=1\n";
	struct tree t = { 0 };
	struct inputs in = { 0 };
	struct diag d = { 0 };
	const struct entry *e;

	make_kernel();
	make_busybox();
	put_file("agent", "agent", 5);
	make_directory("agent="); /* the last "=/" counts */
	put_file("agent=/opt", "odd", 3);
	assert_int_equal(build(&r, &t, &in, &d), 0);
	e = entry_of(&t, "init");
	assert_non_null(e);
	assert_int_equal(e->mode, S_IFREG | 0644);
	e = entry_of(&t, "modules/load");
	assert_non_null(e);
	assert_int_equal(e->data.size, strlen(load));
	assert_memory_equal(e->data.data, load, strlen(load));
	assert_non_null(entry_of(&t, "modules/soft.ko"));
	e = entry_of(&t, "copy");
	assert_non_null(e);
	assert_int_equal(e->data.size, 3);
	assert_memory_equal(e->data.data, "odd", 3);
	e = entry_of(&t, "sbin/reboot");
	assert_non_null(e);
	assert_int_equal(e->mode, S_IFLNK | 0777);
	assert_memory_equal(e->data.data, "/bin/busybox", 12);
	assert_non_null(entry_of(&t, "dev/console"));
	tree_free(&t);
	inputs_free(&in);
}

static void recipe_complaints(void **state)
{
	char spec[] = "agent";
	char *const files[] = { spec };
	struct recipe r = { .kind = "lab", .kernel = "kernel" };
	struct tree t = { 0 };
	struct inputs in = { 0 };
	struct diag d = { 0 };

	make_kernel();
	make_busybox();
	put_file("agent", "agent", 5);
	assert_int_equal(build(&r, &t, &in, &d), -ENOENT); /* the lab needs virtio_pci */
	assert_string_equal(d.reason, "this kernel has no module virtio_pci");
	tree_free(&t);
	r.kind = "other";
	assert_int_equal(build(&r, &t, &in, &d), -EINVAL);
	assert_int_equal(d.status, STATUS_USAGE);
	r = (struct recipe){ .kind = "run", .files = files, .file_count = 1 };
	assert_int_equal(build(&r, &t, &in, &d), -EINVAL);
	assert_int_equal(d.status, STATUS_USAGE);
	tree_free(&t);
	assert_int_equal(unlink("busybox"), 0);
	assert_int_equal(build(&r, &t, &in, &d), -ENOENT);
	assert_int_equal(d.status, STATUS_MISSING);
	tree_free(&t);
	inputs_free(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dynamic_programs_are_known),
		IN_DIRECTORY(recipe_makes_a_guest),
		IN_DIRECTORY(recipe_complaints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
