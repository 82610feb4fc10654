/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remembering what the staleness probe found, per host kernel and KVM settings. */
#include "vmm/cli/lever_choice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "pvflush/probe.h"
#include "vmm/cli/cache.h"

/* '1'/'Y' or '0'/'N' of a module parameter, '-' when it is not there. */
static char parameter(const char *path)
{
	FILE *f = fopen(path, "re");
	int c = f ? fgetc(f) : '-';

	if (f)
		fclose(f);
	return c == EOF ? '-' : (char)c;
}

/* A name that changes whenever the answer may: kernel build, two-dimensional paging on or off. */
static int key(char *to, size_t size, struct diag *d)
{
	char name[512];
	struct utsname u;

	if (uname(&u) < 0)
		return diag_errno(d, -errno, "uname", NULL);
	snprintf(name, sizeof(name), "levers/%s-%s-ept%c-npt%c", u.release, u.version,
		 parameter("/sys/module/kvm_intel/parameters/ept"),
		 parameter("/sys/module/kvm_amd/parameters/npt"));
	for (char *p = name + strlen("levers/"); *p; p++)
		if (*p == '/' || *p == ' ' || *p == '#' || *p == ':')
			*p = '_';
	return cache_path(to, size, name, d);
}

static int recall(const char *path, enum lever_kind *ret)
{
	FILE *f = fopen(path, "re");
	char name[16];
	int err = -ENOENT;

	if (!f)
		return err;
	if (fscanf(f, "%15s", name) == 1)
		err = lever_parse(name, ret);
	fclose(f);
	return err;
}

/* Written beside and renamed: a reader sees all or nothing. Failing to remember is no failure. */
static void remember(const char *path, enum lever_kind kind)
{
	char dir[4096], tmp[4200];
	FILE *f;

	snprintf(dir, sizeof(dir), "%s", path);
	for (char *p = strchr(dir + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = 0;
		mkdir(dir, 0777);
		*p = '/';
	}
	snprintf(tmp, sizeof(tmp), "%s.%d", path, (int)getpid());
	f = fopen(tmp, "we");
	if (!f)
		return;
	fprintf(f, "%s\n", lever_kind_name(kind));
	if (fclose(f) || rename(tmp, path))
		unlink(tmp);
}

int lever_choose(enum lever_kind *ret, const struct options *o, struct diag *d)
{
	struct probe_result r;
	char path[4096];
	int err;

	if (o->lever_given) {
		*ret = o->lever;
		return 0;
	}
	err = key(path, sizeof(path), d);
	if (err)
		return err;
	if (recall(path, ret) == 0)
		return 0;
	err = probe_run(&r, d);
	if (err)
		return err;
	err = probe_choose(&r, ret);
	if (err)
		return diag_missing(d, "flush lever", "'shootdown doctor' shows what was measured",
				    "no way to flush a vCPU's TLB works on this host");
	remember(path, *ret);
	return 0;
}
