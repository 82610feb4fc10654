/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of files that becomes an initramfs. */
#include "guest/image/tree.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void tree_free(struct tree *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->list[i].path);
		blob_free(&t->list[i].data);
	}
	free(t->list);
	*t = (struct tree){ 0 };
}

static bool path_is_plain(const char *path)
{
	if (*path != '/')
		return false;
	while (*path == '/') {
		size_t len = strcspn(++path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
		    (len == 2 && !memcmp(path, "..", 2)))
			return false;
		path += len;
	}
	return true;
}

static struct entry *find(const struct tree *t, const char *path, size_t len)
{
	for (size_t i = 0; i < t->count; i++)
		if (strlen(t->list[i].path) == len && !memcmp(t->list[i].path, path, len))
			return &t->list[i];
	return NULL;
}

/* An entry for path (relative, len bytes), new or emptied for its next contents. */
static struct entry *place(struct tree *t, const char *path, size_t len)
{
	struct entry *e = find(t, path, len);
	struct entry *grown;

	if (e) {
		blob_free(&e->data);
		return e;
	}
	grown = realloc(t->list, (t->count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	t->list = grown;
	e = &grown[t->count];
	*e = (struct entry){ .path = strndup(path, len) };
	if (!e->path)
		return NULL;
	t->count++;
	return e;
}

static int add(struct tree *t, const char *path, mode_t mode, dev_t device, struct blob *data)
{
	struct entry *e;

	if (!path_is_plain(path))
		return -EINVAL;
	e = place(t, path + 1, strlen(path + 1));
	if (!e)
		return -ENOMEM;
	e->mode = mode;
	e->device = device;
	e->data = *data;
	*data = (struct blob){ 0 };
	return 0;
}

int tree_directory(struct tree *t, const char *path, mode_t permissions)
{
	struct blob none = { 0 };

	return add(t, path, S_IFDIR | permissions, 0, &none);
}

int tree_file(struct tree *t, const char *path, mode_t permissions, struct blob *data)
{
	int err = add(t, path, S_IFREG | permissions, 0, data);

	blob_free(data);
	return err;
}

int tree_link(struct tree *t, const char *path, const char *target)
{
	struct blob data = { 0 };
	int err = blob_append(&data, target, strlen(target));

	if (!err)
		err = add(t, path, S_IFLNK | 0777, 0, &data);
	blob_free(&data);
	return err;
}

int tree_character_device(struct tree *t, const char *path, mode_t permissions, dev_t device)
{
	struct blob none = { 0 };

	return add(t, path, S_IFCHR | permissions, device, &none);
}

static int add_parents(struct tree *t, const char *path)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		struct entry *e = find(t, path, (size_t)(slash - path));

		if (e && !S_ISDIR(e->mode))
			return -ENOTDIR;
		if (e)
			continue;
		e = place(t, path, (size_t)(slash - path));
		if (!e)
			return -ENOMEM;
		e->mode = S_IFDIR | 0755;
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

int tree_finish(struct tree *t)
{
	size_t given = t->count;

	for (size_t i = 0; i < given; i++) {
		/* place() may move the list, not the strings in it. */
		int err = add_parents(t, t->list[i].path);

		if (err)
			return err;
	}
	if (t->count)
		qsort(t->list, t->count, sizeof(*t->list), by_path);
	return 0;
}
