/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a recipe to the tree of an initramfs. */
#include "guest/image/recipe.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "guest/image/busybox.h"
#include "guest/image/modules.h"

struct kind {
	const char *name;
	const char *essential[4]; /* without these the agent has no channel */
	const char *optional[4];
};

static const struct kind kinds[] = {
	{ "run", { "virtio_mmio", "virtio_console" }, { "virtio_blk", "virtio-rng" } },
	{ "lab", { "virtio_pci", "virtio_console" }, { "virtio_blk", "virtio-rng" } },
};

const char *recipe_kinds(void)
{
	return "run, lab";
}

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

/* --- modules ----------------------------------------------------------------------------- */

static int choose_modules(struct modules *m, const struct kind *k, const struct recipe *r,
			  struct diag *d)
{
	int err = 0;

	for (size_t i = 0; k->essential[i] && !err; i++)
		err = modules_add(m, k->essential[i], true, d);
	for (size_t i = 0; k->optional[i] && !err; i++)
		err = modules_add(m, k->optional[i], false, d);
	for (size_t i = 0; i < r->module_count && !err; i++)
		err = modules_add(m, r->modules[i], true, d);
	return err;
}

/* One module as a file of the tree and a line of the list. */
static int add_module(struct tree *t, struct blob *load, struct module *e)
{
	char *path = format("/modules/%s", e->file);
	char *line = format("%s%s%s\n", e->file, *e->params ? " " : "", e->params);
	int err = path && line ? blob_append(load, line, strlen(line)) : -ENOMEM;

	if (!err)
		err = tree_file(t, path, 0644, &e->ko);
	free(path);
	free(line);
	return err;
}

static int add_modules(struct tree *t, const struct kind *k, const struct recipe *r,
		       struct inputs *in, struct diag *d)
{
	struct modules m;
	struct blob load = { 0 };
	int err = modules_open(&m, r->kernel, in, d);

	if (err)
		return err;
	err = choose_modules(&m, k, r, d);
	if (!err) {
		for (size_t i = 0; i < m.count && !err; i++)
			err = add_module(t, &load, &m.list[i]);
		if (!err)
			err = tree_file(t, "/modules/load", 0644, &load);
		if (err)
			diag_errno(d, err, r->kernel, NULL);
	}
	blob_free(&load);
	modules_close(&m);
	return err;
}

/* --- files ------------------------------------------------------------------------------- */

static int add_host_file(struct tree *t, struct inputs *in, const char *from, const char *to,
			 struct diag *d)
{
	struct blob data = { 0 };
	int err = file_read(&data, in, from, d);
	mode_t mode;

	if (err)
		return err;
	mode = in->list[in->count - 1].st.st_mode & 0111 ? 0755 : 0644;
	err = tree_file(t, to, mode, &data);
	return err ? diag_errno(d, err, to, "the guest's path is absolute, without . or ..") : 0;
}

static int add_user_file(struct tree *t, struct inputs *in, const char *spec, struct diag *d)
{
	const char *split = NULL;
	char *from;
	int err;

	for (const char *p = spec; (p = strstr(p, "=/")); p++)
		split = p;
	if (!split || split == spec)
		return diag_usage(d, spec, "as in: -f build/tool=/bin/tool",
				  "not of the form HOSTPATH=/GUESTPATH");
	from = strndup(spec, (size_t)(split - spec));
	err = from ? add_host_file(t, in, from, split + 1, d) : -ENOMEM;
	free(from);
	return err;
}

static int add_text(struct tree *t, const char *path, const char *text)
{
	struct blob data = { 0 };
	int err = blob_append(&data, text, strlen(text));

	return err ? err : tree_file(t, path, 0644, &data);
}

/* Mount points, and the little that programs expect in /etc. */
static int add_skeleton(struct tree *t)
{
	static const struct {
		const char *path;
		mode_t mode;
	} directories[] = {
		{ "/dev", 0755 },  { "/proc", 0555 }, { "/sys", 0555 }, { "/run", 0755 },
		{ "/tmp", 01777 }, { "/root", 0700 }, { "/mnt", 0755 },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]) && !err; i++)
		err = tree_directory(t, directories[i].path, directories[i].mode);
	/* The kernel opens it for /init before devtmpfs is mounted. */
	if (!err)
		err = tree_character_device(t, "/dev/console", 0600, makedev(5, 1));
	if (!err)
		err = add_text(t, "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
	if (!err)
		err = add_text(t, "/etc/group", "root:x:0:\ntty:x:5:\n");
	return err;
}

int recipe_build(const struct recipe *r, struct tree *t, struct inputs *in, struct diag *d)
{
	const struct kind *k = find_kind(r->kind);
	int err;

	if (!k)
		return diag_usage(d, r->kind, "valid: run, lab", "unknown kind of initramfs");
	err = add_skeleton(t);
	if (err)
		return diag_errno(d, err, "initramfs", NULL);
	err = busybox_add(t, in, r->busybox, d);
	if (!err)
		err = add_host_file(t, in, r->agent, "/init", d);
	if (!err && r->kernel)
		err = add_modules(t, k, r, in, d);
	for (size_t i = 0; i < r->file_count && !err; i++)
		err = add_user_file(t, in, r->files[i], d);
	if (err)
		return err;
	err = tree_finish(t);
	return err ? diag_errno(d, err, "initramfs", "a file stands where a directory is needed")
		   : 0;
}
