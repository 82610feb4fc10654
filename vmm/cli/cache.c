/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cache directory, by the XDG base directory specification. */
#include "vmm/cli/cache.h"

#include <errno.h>
#include <stdlib.h>

static const char *env(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

int cache_path(char *to, size_t size, const char *name, struct diag *d)
{
	int n;

	if (env("SHOOTDOWN_CACHE"))
		n = snprintf(to, size, "%s/%s", env("SHOOTDOWN_CACHE"), name);
	else if (env("XDG_CACHE_HOME"))
		n = snprintf(to, size, "%s/shootdown/%s", env("XDG_CACHE_HOME"), name);
	else if (env("HOME"))
		n = snprintf(to, size, "%s/.cache/shootdown/%s", env("HOME"), name);
	else
		return diag_set(d, -ENOENT, "cache", "set HOME, XDG_CACHE_HOME or SHOOTDOWN_CACHE",
				"no place for cached files");
	return n < (int)size ? 0 : diag_errno(d, -ENAMETOOLONG, "cache", NULL);
}
