// SPDX-License-Identifier: GPL-2.0-or-later
/* The cache, own programs, locks; see place.h. */
#include "guest/lab/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int place_format(char to[PATH_MAX], const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(to, PATH_MAX, fmt, ap);
	va_end(ap);
	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static int make_directories(char *path)
{
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		(void)mkdir(path, 0777); /* the last one tells */
		*p = '/';
	}
	return mkdir(path, 0777) && errno != EEXIST ? -errno : 0;
}

int place_cache(char to[PATH_MAX], const char *sub, struct diag *d)
{
	const char *own = getenv("SHOOTDOWN_CACHE"), *xdg = getenv("XDG_CACHE_HOME"),
		   *home = getenv("HOME");
	int err;

	if (own && *own)
		err = place_format(to, "%s/%s", own, sub);
	else if (xdg && *xdg)
		err = place_format(to, "%s/shootdown/%s", xdg, sub);
	else if (home && *home)
		err = place_format(to, "%s/.cache/shootdown/%s", home, sub);
	else
		return diag_set(d, -ENOENT, "lab: cache",
				"set HOME, XDG_CACHE_HOME or SHOOTDOWN_CACHE",
				"no place for cached files");
	if (!err)
		err = make_directories(to);
	return err ? diag_errno(d, err, to, "the lab keeps its files here") : 0;
}

int place_own(char to[PATH_MAX], const char *dir, const char *name, struct diag *d)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int err;

	if (n < 0)
		return diag_errno(d, -errno, "/proc/self/exe", "is /proc mounted?");
	self[n] = 0;
	*strrchr(self, '/') = 0;
	err = place_format(to, "%s/../%s/%s", self, dir, name);
	if (!err && access(to, R_OK))
		err = -errno;
	return err ? diag_errno(d, err, to, "build everything with 'make', or reinstall") : 0;
}

int place_lock(int *fd, const char *path, bool exclusive, bool wait)
{
	int op = (exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB), err;

	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (*fd < 0)
		return -errno;
	while (flock(*fd, op)) {
		if (errno == EINTR)
			continue;
		err = -errno;
		close(*fd);
		*fd = -1;
		return err;
	}
	return 0;
}

void place_remove(const char *dir)
{
	DIR *list = opendir(dir);
	struct dirent *e;

	if (!list)
		return;
	while ((e = readdir(list)))
		(void)unlinkat(dirfd(list), e->d_name, 0);
	closedir(list);
	(void)rmdir(dir);
}
