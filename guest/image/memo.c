/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Form of a note: the archive's name, then a line for each input:
 * DEV INO SIZE MTIME.NS CTIME.NS PATH.
 */
#include "guest/image/memo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define YOUNG 2 /* seconds: coarser than any file system's time stamps here */

static char *describe(const char *path, const struct stat *st)
{
	return format("%jx %jx %jx %jd.%09ld %jd.%09ld %s", (uintmax_t)st->st_dev,
		      (uintmax_t)st->st_ino, (uintmax_t)st->st_size, (intmax_t)st->st_mtim.tv_sec,
		      st->st_mtim.tv_nsec, (intmax_t)st->st_ctim.tv_sec, st->st_ctim.tv_nsec, path);
}

/* Does the file that the line names still look as the line says? */
static bool unchanged(const char *line)
{
	const char *path = line;
	struct stat st;
	char *now;
	bool same;

	for (int blanks = 0; blanks < 5; blanks++) {
		path = strchr(path, ' ');
		if (!path)
			return false;
		path++;
	}
	if (stat(path, &st) < 0)
		return false;
	now = describe(path, &st);
	same = now && !strcmp(now, line);
	free(now);
	return same;
}

bool memo_lookup(const char *path, char **archive)
{
	FILE *f = fopen(path, "re");
	char *line = NULL, *name = NULL;
	size_t room = 0;
	ssize_t len;
	bool good = f != NULL;

	while (good && (len = getline(&line, &room, f)) > 0) {
		line[len - 1] = '\0';
		if (name)
			good = unchanged(line);
		else
			good = (name = strdup(line)) != NULL;
	}
	if (f)
		fclose(f);
	free(line);
	good = good && name && access(name, R_OK) == 0;
	if (good)
		*archive = name;
	else
		free(name);
	return good;
}

static bool old_enough(const struct inputs *in)
{
	time_t now = time(NULL);

	for (size_t i = 0; i < in->count; i++)
		if (in->list[i].st.st_ctim.tv_sec > now - YOUNG ||
		    in->list[i].st.st_mtim.tv_sec > now - YOUNG)
			return false;
	return true;
}

static int write_lines(FILE *f, const char *archive, const struct inputs *in)
{
	fprintf(f, "%s\n", archive);
	for (size_t i = 0; i < in->count; i++) {
		char *line = describe(in->list[i].path, &in->list[i].st);

		if (!line)
			return -ENOMEM;
		fprintf(f, "%s\n", line);
		free(line);
	}
	return ferror(f) ? -EIO : 0;
}

int memo_write(const char *path, const char *archive, const struct inputs *in)
{
	char *temporary;
	FILE *f;
	int err;

	if (!old_enough(in))
		return 0;
	temporary = format("%s.%d", path, (int)getpid());
	if (!temporary)
		return -ENOMEM;
	f = fopen(temporary, "we");
	err = f ? write_lines(f, archive, in) : -errno;
	if (f && fclose(f) && !err)
		err = -errno;
	if (!err && rename(temporary, path) < 0)
		err = -errno;
	if (err)
		unlink(temporary);
	free(temporary);
	return err;
}
