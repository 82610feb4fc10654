/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds modules by name and puts them after their dependencies. */
#include "guest/image/modules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest/image/modinfo.h"
#include "guest/image/unpack.h"

#define DEPTH_MAX 32 /* of dependencies: real ones are about 5 deep */

static int resolve(struct modules *m, const char *name, size_t len, const char *params,
		   bool essential, unsigned depth, struct diag *d);

/* --- names ------------------------------------------------------------------------------- */

static bool same_name(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((a[i] == '-' ? '_' : a[i]) != (b[i] == '-' ? '_' : b[i]))
			return false;
	return true;
}

/*
 * The path of name.ko in a list of one path per line (what follows a ':' does not
 * count). Returns its length up to and including ".ko", 0 when it is not there.
 */
static size_t find_path(const struct blob *list, const char *name, size_t len, const char **path)
{
	const char *p = (const char *)list->data;
	const char *end = p + list->size;

	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline ? newline : end;
		const char *colon = memchr(p, ':', (size_t)(stop - p));
		const char *last = colon ? colon : stop;
		const char *slash = memrchr(p, '/', (size_t)(last - p));
		const char *base = slash ? slash + 1 : p;

		if ((size_t)(last - base) >= len + 3 && !memcmp(base + len, ".ko", 3) &&
		    same_name(base, name, len)) {
			*path = p;
			return (size_t)(base + len + 3 - p);
		}
		p = stop + 1;
	}
	return 0;
}

static bool have(const struct modules *m, const char *name, size_t len)
{
	for (size_t i = 0; i < m->count; i++)
		if (strlen(m->list[i].name) == len && same_name(m->list[i].name, name, len))
			return true;
	return false;
}

/* --- one module -------------------------------------------------------------------------- */

static int load_file(struct modules *m, struct blob *ko, const char *path, size_t len,
		     struct diag *d)
{
	int err = diag_set(d, -ENOENT, m->directory, "is the modules tree complete?",
			   "modules/%.*s is missing", (int)len, path);

	for (const char *const *suffix = unpack_suffixes; *suffix; suffix++) {
		char *file = format("%s/modules/%.*s%s", m->directory, (int)len, path, *suffix);

		if (!file)
			return diag_errno(d, -ENOMEM, m->directory, NULL);
		if (access(file, F_OK) == 0) {
			err = file_read(ko, m->inputs, file, d);
			if (!err)
				err = unpack(ko, file);
			if (err)
				diag_errno(d, err, file, NULL);
			free(file);
			return err;
		}
		free(file);
	}
	return err;
}

/* Each name in a list separated by commas or blanks. "pre:" is skipped, "post:" ends it. */
static int resolve_list(struct modules *m, const char *list, bool essential, unsigned depth,
			struct diag *d)
{
	int err = 0;

	while (*list && !err) {
		size_t len = strcspn(list, ", ");

		if (len == 5 && !memcmp(list, "post:", 5))
			break;
		if (len && !(len == 4 && !memcmp(list, "pre:", 4)))
			err = resolve(m, list, len, "", essential, depth, d);
		list += len;
		list += strspn(list, ", ");
	}
	return err;
}

static int resolve_needs(struct modules *m, const struct blob *ko, unsigned depth, struct diag *d)
{
	const char *info, *value;
	size_t size, at = 0;
	int err = modinfo_find(ko, &info, &size);

	if (err)
		return diag_set(d, err, m->directory, NULL, "a module is not an ELF module");
	while (!err && (value = modinfo_next(info, size, &at, "depends")))
		err = resolve_list(m, value, true, depth + 1, d);
	at = 0;
	while (!err && (value = modinfo_next(info, size, &at, "softdep")))
		err = resolve_list(m, value, false, depth + 1, d);
	return err;
}

/* Takes over *ko. */
static int append(struct modules *m, const char *name, size_t len, const char *file,
		  size_t file_len, const char *params, struct blob *ko)
{
	struct module *grown = realloc(m->list, (m->count + 1) * sizeof(*grown));
	struct module *e;

	if (!grown) {
		blob_free(ko);
		return -ENOMEM;
	}
	m->list = grown;
	e = &grown[m->count++];
	e->name = strndup(name, len);
	e->file = strndup(file, file_len);
	e->params = strdup(params);
	e->ko = *ko;
	*ko = (struct blob){ 0 };
	return e->name && e->file && e->params ? 0 : -ENOMEM;
}

static int resolve(struct modules *m, const char *name, size_t len, const char *params,
		   bool essential, unsigned depth, struct diag *d)
{
	struct blob ko = { 0 };
	const char *path, *base;
	size_t path_len;
	int err;

	if (depth > DEPTH_MAX)
		return diag_set(d, -ELOOP, m->directory, NULL, "modules that need each other");
	if (have(m, name, len) || find_path(&m->builtin, name, len, &path))
		return 0;
	path_len = find_path(&m->order, name, len, &path);
	if (!path_len)
		return !essential ? 0
				  : diag_set(d, -ENOENT, m->directory,
					     "a kernel with it built in or as a module is needed",
					     "this kernel has no module %.*s", (int)len, name);
	err = load_file(m, &ko, path, path_len, d);
	if (!err)
		err = resolve_needs(m, &ko, depth, d);
	if (err) {
		blob_free(&ko);
		return err;
	}
	base = memrchr(path, '/', path_len);
	base = base ? base + 1 : path;
	return append(m, name, len, base, (size_t)(path + path_len - base), params, &ko);
}

int modules_add(struct modules *m, const char *want, bool essential, struct diag *d)
{
	size_t len = strcspn(want, " ");
	const char *params = want + len + strspn(want + len, " ");

	return resolve(m, want, len, params, essential, 0, d);
}

/* --- the lists --------------------------------------------------------------------------- */

static int read_list(struct modules *m, struct blob *ret, const char *name, struct diag *d)
{
	char *path = format("%s/modules/%s", m->directory, name);
	int err = path ? file_read(ret, m->inputs, path, d) : -ENOMEM;

	free(path);
	return err;
}

int modules_open(struct modules *ret, const char *directory, struct inputs *inputs, struct diag *d)
{
	struct modules m = { .directory = directory, .inputs = inputs };
	int err = read_list(&m, &m.order, "modules.order", d);

	if (err == -ENOENT)
		err = read_list(&m, &m.order, "modules.dep", d);
	if (!err)
		err = read_list(&m, &m.builtin, "modules.builtin", d);
	if (err == -ENOENT)
		diag_set(d, err, directory, "it should hold vmlinuz, release and modules/",
			 "not a kernel directory");
	if (err) {
		modules_close(&m);
		return err;
	}
	*ret = m;
	return 0;
}

void modules_close(struct modules *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->list[i].name);
		free(m->list[i].file);
		free(m->list[i].params);
		blob_free(&m->list[i].ko);
	}
	free(m->list);
	blob_free(&m->order);
	blob_free(&m->builtin);
	*m = (struct modules){ 0 };
}
