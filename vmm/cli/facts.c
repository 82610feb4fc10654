/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remembering what was found out about this host, per kernel build and KVM settings. */
#include "vmm/cli/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "pvflush/probe.h"
#include "vmm/cli/cache.h"
#include "vmm/xsetbv.h"

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
	snprintf(name, sizeof(name), "hosts/%s-%s-ept%c-npt%c", u.release, u.version,
		 parameter("/sys/module/kvm_intel/parameters/ept"),
		 parameter("/sys/module/kvm_amd/parameters/npt"));
	for (char *p = name + strlen("hosts/"); *p; p++)
		if (*p == '/' || *p == ' ' || *p == '#' || *p == ':')
			*p = '_';
	return cache_path(to, size, name, d);
}

/* One line: "lever NAME xsave 0|1". */
static int recall(const char *path, struct host_facts *ret)
{
	FILE *f = fopen(path, "re");
	int err = -ENOENT, xsave;
	char lever[16];

	if (!f)
		return err;
	if (fscanf(f, "lever %15s xsave %d", lever, &xsave) == 2)
		err = lever_parse(lever, &ret->lever);
	ret->xsave = !err && xsave;
	fclose(f);
	return err;
}

/* Written beside and renamed: a reader sees all or nothing. Failing to remember is no failure. */
static void remember(const char *path, const struct host_facts *facts)
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
	fprintf(f, "lever %s xsave %d\n", lever_kind_name(facts->lever), facts->xsave);
	if (fclose(f) || rename(tmp, path))
		unlink(tmp);
}

/* *sure: the answer is worth remembering. */
static int measure(struct host_facts *ret, bool *sure, struct diag *d)
{
	struct probe_result r;
	struct diag why;
	int err = xsetbv_probe(&ret->xsave, d);

	if (err)
		return err;
	*sure = probe_run(&r, &why) == 0;
	if (!*sure) { /* a swamped host: sregs works by the architecture (pvflush/lever.h) */
		ret->lever = LEVER_SREGS;
		return 0;
	}
	if (probe_choose(&r, &ret->lever))
		return diag_missing(d, "flush lever", "'shootdown doctor' shows what was measured",
				    "no way to flush a vCPU's TLB works on this host");
	return 0;
}

int facts_get(struct host_facts *ret, struct diag *d)
{
	bool sure = false;
	char path[4096];
	int err = key(path, sizeof(path), d);

	if (err)
		return err;
	if (recall(path, ret) == 0)
		return 0;
	err = measure(ret, &sure, d);
	if (!err && sure)
		remember(path, ret);
	return err;
}
