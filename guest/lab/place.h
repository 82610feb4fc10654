/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where things are: the cache, programs built or installed beside this one, locks. */
#ifndef GUEST_LAB_PLACE_H
#define GUEST_LAB_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "vmm/diag.h"

/* to = the printed text. -ENAMETOOLONG when it does not fit. */
int place_format(char to[PATH_MAX], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * $SHOOTDOWN_CACHE, else $XDG_CACHE_HOME/shootdown, else ~/.cache/shootdown, with
 * `sub` below it, made when missing. Negative errno with d filled.
 */
int place_cache(char to[PATH_MAX], const char *sub, struct diag *d);

/*
 * A file that belongs to shootdown: dir is "libexec" or "guest". Beside this program
 * in a build tree and when installed alike. -ENOENT with d filled.
 */
int place_own(char to[PATH_MAX], const char *dir, const char *name, struct diag *d);

/*
 * Open (making it when missing) and lock a file. *fd is the caller's to close, which
 * unlocks. With wait false -EWOULDBLOCK when another holds it in a conflicting way.
 */
int place_lock(int *fd, const char *path, bool exclusive, bool wait);

/* Remove a directory and the plain files in it. Missing is fine. */
void place_remove(const char *dir);

#endif
