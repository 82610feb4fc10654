// SPDX-License-Identifier: GPL-2.0-or-later
/* Old snapshots: a new one is made for every change of QEMU, kernel or agent. */
#include "guest/lab/prune.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/lab/place.h"

#define CANDIDATES_MAX 64

struct candidate {
	char name[17];
	time_t used;
};

static int newer_first(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return x->used < y->used ? 1 : x->used > y->used ? -1 : 0;
}

/* The snapshots of dir: directories with a name of 16 hex digits and a key in them. */
static size_t collect(const char *dir, struct candidate *list)
{
	char path[PATH_MAX];
	struct dirent *e;
	struct stat st;
	size_t n = 0;
	DIR *d = opendir(dir);

	while (d && n < CANDIDATES_MAX && (e = readdir(d))) {
		if (strspn(e->d_name, "0123456789abcdef") != 16 || e->d_name[16])
			continue;
		if (place_format(path, "%s/%s/key", dir, e->d_name) || stat(path, &st))
			continue;
		memcpy(list[n].name, e->d_name, sizeof(list[n].name));
		list[n++].used = st.st_mtime;
	}
	if (d)
		closedir(d);
	return n;
}

/* The lock file stays: another process may be about to lock it. */
static void remove_unused(const char *path)
{
	char lock_path[PATH_MAX];
	int lock;

	if (place_format(lock_path, "%s.lock", path) || place_lock(&lock, lock_path, true, false))
		return;
	place_remove(path);
	close(lock);
}

void prune(const char *dir, const char *keep)
{
	struct candidate list[CANDIDATES_MAX];
	size_t n = collect(dir, list);
	char path[PATH_MAX];

	qsort(list, n, sizeof(*list), newer_first);
	for (size_t i = PRUNE_KEEP; i < n; i++)
		if (!place_format(path, "%s/%s", dir, list[i].name) && strcmp(path, keep))
			remove_unused(path);
}
