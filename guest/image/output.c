/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sinks for an archive: a hash, and a file that appears under its name when complete. */
#include "guest/image/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/image/cpio.h"
#include "guest/image/sha256.h"

static int write_file(void *opaque, const void *data, size_t len)
{
	return fwrite(data, 1, len, opaque) == len ? 0 : -errno;
}

static int write_hash(void *opaque, const void *data, size_t len)
{
	sha256_update(opaque, data, len);
	return 0;
}

int output_file(const struct tree *t, const char *path, struct diag *d)
{
	char *temporary = format("%s.%d", path, (int)getpid());
	struct sink to = { .write = write_file };
	FILE *f;
	int err;

	if (!temporary)
		return diag_errno(d, -ENOMEM, path, NULL);
	f = fopen(temporary, "we");
	to.opaque = f;
	err = f ? cpio_write(t, &to) : -errno;
	if (f && fclose(f) && !err)
		err = -errno;
	if (!err && rename(temporary, path) < 0)
		err = -errno;
	if (err && f)
		unlink(temporary);
	free(temporary);
	return err ? diag_errno(d, err, path, NULL) : 0;
}

static int make_directories(const char *directory)
{
	char *path = strdup(directory);
	int err = path ? 0 : -ENOMEM;

	for (char *p = path; p && !err; *p = '/') {
		p = strchr(p + 1, '/');
		if (p)
			*p = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			err = -errno;
		if (!p)
			break;
	}
	free(path);
	return err;
}

int output_cached(const struct tree *t, const char *directory, char **path, struct diag *d)
{
	struct sha256 hash;
	struct sink to = { write_hash, &hash };
	char hex[65];
	int err;

	sha256_init(&hash);
	err = cpio_write(t, &to);
	sha256_final(&hash, hex);
	if (!err)
		err = make_directories(directory);
	if (err)
		return diag_errno(d, err, directory, NULL);
	*path = format("%s/%.32s.cpio", directory, hex);
	if (!*path)
		return diag_errno(d, -ENOMEM, directory, NULL);
	if (access(*path, R_OK) == 0)
		return 0;
	err = output_file(t, *path, d);
	if (err) {
		free(*path);
		*path = NULL;
	}
	return err;
}
