// SPDX-License-Identifier: GPL-2.0-or-later
/* Saving and restoring L1; see snapshot.h. */
#include "guest/lab/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/lab/clock.h"
#include "guest/lab/migrate.h"
#include "guest/lab/place.h"
#include "guest/lab/prune.h"

/* --- names ------------------------------------------------------------------------- */

static uint64_t fnv1a(const char *s)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ull;
	return h;
}

static int path_of(char to[PATH_MAX], const struct snapshot *s, const char *suffix)
{
	return place_format(to, "%s%s", s->dir, suffix);
}

int snapshot_open(struct snapshot *s, const struct qemu_config *c, struct diag *d)
{
	char cache[PATH_MAX];
	int err;

	*s = (struct snapshot){ .lock = -1 };
	err = place_cache(cache, "lab", d);
	if (err)
		return err;
	err = qemu_describe(c, &s->key);
	if (err)
		return diag_errno(d, err, c->program, NULL);
	if (snprintf(s->dir, sizeof(s->dir), "%s/%016llx", cache,
		     (unsigned long long)fnv1a(s->key)) >= (int)sizeof(s->dir))
		return diag_errno(d, -ENAMETOOLONG, cache, NULL);
	return 0;
}

static void unlock(struct snapshot *s)
{
	if (s->lock >= 0)
		close(s->lock);
	s->lock = -1;
}

void snapshot_close(struct snapshot *s)
{
	unlock(s);
	free(s->key);
	s->key = NULL;
}

/* The key file has our text: not another's whose hash is the same, nor a damaged one. */
static bool exists(const struct snapshot *s)
{
	size_t want = strlen(s->key), got;
	char path[PATH_MAX], *text;
	FILE *f;
	bool same;

	if (path_of(path, s, "/key"))
		return false;
	f = fopen(path, "re");
	text = malloc(want + 1);
	got = f && text ? fread(text, 1, want + 1, f) : 0;
	same = got == want && !memcmp(text, s->key, want);
	free(text);
	if (f)
		fclose(f);
	return same;
}

/* --- making one ------------------------------------------------------------------------ */

static int boot_and_save(const struct qemu_config *c, const char *ram, const char *state,
			 struct diag *d)
{
	struct emu e;
	int err = emu_start(&e, c, QEMU_BOOT_TO_SAVE, ram, d);

	if (err)
		return err;
	err = emu_wait_hello(&e, d);
	if (!err)
		err = migrate_save(&e, state, d);
	if (err && e.verbose)
		tail_print(&e.console, 20, "  L1: ", stderr);
	emu_end(&e);
	return err;
}

static int write_key(const char *path, const char *key)
{
	FILE *f = fopen(path, "we");
	int err = 0;

	if (!f)
		return -errno;
	if (fputs(key, f) < 0)
		err = -EIO;
	if (fclose(f))
		err = -errno;
	return err;
}

/* Under the exclusive lock: into a directory of its own, which then takes its name. */
static int create(struct snapshot *s, const struct qemu_config *c, struct diag *d)
{
	char tmp[PATH_MAX], ram[PATH_MAX], state[PATH_MAX], key[PATH_MAX];
	int err = path_of(tmp, s, ".tmp");

	if (!err)
		err = path_of(ram, s, ".tmp/ram");
	if (!err)
		err = path_of(state, s, ".tmp/state");
	if (!err)
		err = path_of(key, s, ".tmp/key");
	if (err)
		return diag_errno(d, err, s->dir, NULL);
	place_remove(tmp);
	place_remove(s->dir);
	if (mkdir(tmp, 0777))
		return diag_errno(d, -errno, tmp, NULL);
	err = boot_and_save(c, ram, state, d);
	if (!err) {
		err = write_key(key, s->key);
		if (!err && rename(tmp, s->dir))
			err = -errno;
		if (err)
			diag_errno(d, err, s->dir, "is there room in the cache?");
	}
	if (err)
		place_remove(tmp);
	return err;
}

static int create_locked(struct snapshot *s, const struct qemu_config *c, bool fresh,
			 const char *lock, struct diag *d)
{
	long long begin = clock_ms();
	int err = place_lock(&s->lock, lock, true, true);

	if (err)
		return diag_errno(d, err, lock, NULL);
	if (!fresh && exists(s)) /* made by another while we waited */
		return 0;
	if (!c->options->quiet)
		fprintf(stderr, "shootdown: lab: booting L1 once, to save it\n");
	err = create(s, c, d);
	if (!err && c->options->verbose)
		fprintf(stderr, "shootdown: lab: saved after %.1f s as %s\n",
			(double)(clock_ms() - begin) / 1000, s->dir);
	return err;
}

int snapshot_ensure(struct snapshot *s, const struct qemu_config *c, bool fresh, struct diag *d)
{
	char lock[PATH_MAX], parent[PATH_MAX];
	int err = path_of(lock, s, ".lock");

	if (err)
		return diag_errno(d, err, s->dir, NULL);
	for (unsigned tries = 0; tries < 8; tries++) {
		err = place_lock(&s->lock, lock, false, true);
		if (err)
			return diag_errno(d, err, lock, NULL);
		if (!fresh && exists(s))
			return 0;
		unlock(s);
		err = create_locked(s, c, fresh, lock, d);
		unlock(s);
		if (err)
			return err;
		if (!place_format(parent, "%.*s", (int)(strrchr(s->dir, '/') - s->dir), s->dir))
			prune(parent, s->dir);
		fresh = false;
	}
	return diag_set(d, -EAGAIN, s->dir, NULL, "others replace the saved state all the time");
}

/* --- using it ---------------------------------------------------------------------------- */

/* Say to prune() that it was used. */
static void touch(const struct snapshot *s)
{
	char key[PATH_MAX];

	if (!path_of(key, s, "/key"))
		(void)utimensat(AT_FDCWD, key, NULL, 0);
}

int snapshot_restore(struct snapshot *s, const struct qemu_config *c, struct emu *e,
		     struct diag *d)
{
	char ram[PATH_MAX], state[PATH_MAX];
	int err = path_of(ram, s, "/ram");

	if (!err)
		err = path_of(state, s, "/state");
	if (err)
		return diag_errno(d, err, s->dir, NULL);
	err = emu_start(e, c, QEMU_RESTORE, ram, d);
	if (err)
		return err;
	err = migrate_restore(e, state, d);
	touch(s);
	unlock(s);
	if (!err) {
		watch_ready(&e->watch, clock_ms());
		return 0;
	}
	tail_read(&e->errors, e->qemu.errors, NULL);
	tail_line(&e->errors, d->hint, sizeof(d->hint));
	emu_end(e);
	return err;
}
