/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel and initrd: names to files, through the helper programs. */
#include "vmm/cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vmm/cli/cache.h"
#include "vmm/cli/spawn.h"

/* A helper that failed has said why on standard error: pass its status on, say nothing more. */
static int helper_failed(int status, struct diag *d)
{
	if (status < 0)
		return status;
	*d = (struct diag){ .status = status };
	return -ECHILD;
}

static int fetch_kernel(struct guest_files *f, const char *name, bool quiet, struct diag *d)
{
	static char opt_quiet[] = "--quiet";
	char helper[4096], *argv[] = { helper, NULL, NULL, NULL };
	int n = 1, err = spawn_find(helper, sizeof(helper), "libexec", "kernel", d);

	if (err)
		return err;
	if (quiet)
		argv[n++] = opt_quiet;
	argv[n] = strdup(name);
	if (!argv[n])
		return -ENOMEM;
	err = spawn_capture(argv, f->kernel_dir, sizeof(f->kernel_dir), d);
	free(argv[n]);
	return err ? helper_failed(err, d) : 0;
}

static int copy(char *to, size_t size, const char *from)
{
	return snprintf(to, size, "%s", from) < (int)size ? 0 : -ENAMETOOLONG;
}

static int join(char *to, size_t size, const char *dir, const char *name)
{
	return snprintf(to, size, "%s/%s", dir, name) < (int)size ? 0 : -ENAMETOOLONG;
}

static int resolve_kernel(struct guest_files *f, const struct options *o, struct diag *d)
{
	const char *name = o->kernel ? o->kernel : "cloud";
	struct stat st;
	int err;

	if (strchr(name, '/') || (o->kernel && stat(name, &st) == 0)) {
		if (stat(name, &st) < 0)
			return diag_errno(d, -errno, name,
					  "-k takes a file, a directory with vmlinuz, or a name "
					  "like cloud or 6.12");
		if (!S_ISDIR(st.st_mode))
			return copy(f->kernel, sizeof(f->kernel), name);
		err = copy(f->kernel_dir, sizeof(f->kernel_dir), name);
	} else {
		err = fetch_kernel(f, name, o->quiet, d);
	}
	return err ? err : join(f->kernel, sizeof(f->kernel), f->kernel_dir, "vmlinuz");
}

/* Programs that come with shootdown and go into every guest's /bin. */
static const char *const guest_programs[] = { "flushwork", "mark" };
#define GUEST_PROGRAMS (sizeof(guest_programs) / sizeof(guest_programs[0]))

static int find_programs(char (*spec)[4200], struct diag *d)
{
	int err = 0;

	for (size_t i = 0; i < GUEST_PROGRAMS && !err; i++) {
		err = spawn_find(spec[i], 4096, "guest", guest_programs[i], d);
		if (!err)
			snprintf(spec[i] + strlen(spec[i]), 4200 - strlen(spec[i]), "=/bin/%s",
				 guest_programs[i]);
	}
	return err;
}

static int build_initrd(struct guest_files *f, struct diag *d)
{
	static char opt_k[] = "-k", opt_agent[] = "--agent", opt_f[] = "-f", opt_cache[] = "--cache";
	char helper[4096], agent[4096], cache[4096], program[GUEST_PROGRAMS][4200];
	char *argv[16];
	int n = 0, err = spawn_find(helper, sizeof(helper), "libexec", "initramfs", d);

	if (!err)
		err = spawn_find(agent, sizeof(agent), "guest", "agent", d);
	if (!err)
		err = find_programs(program, d);
	if (!err)
		err = cache_path(cache, sizeof(cache), "initramfs", d);
	if (err)
		return err;
	argv[n++] = helper;
	if (f->kernel_dir[0]) {
		argv[n++] = opt_k;
		argv[n++] = f->kernel_dir;
	}
	argv[n++] = opt_agent;
	argv[n++] = agent;
	for (size_t i = 0; i < GUEST_PROGRAMS; i++) {
		argv[n++] = opt_f;
		argv[n++] = program[i];
	}
	argv[n++] = opt_cache;
	argv[n++] = cache;
	argv[n] = NULL;
	err = spawn_capture(argv, f->initrd, sizeof(f->initrd), d);
	return err ? helper_failed(err, d) : 0;
}

int files_resolve(struct guest_files *f, const struct options *o, struct diag *d)
{
	const char *ready = getenv("SHOOTDOWN_AGENT_INITRD"); /* from the lab: built outside already */
	int err;

	memset(f, 0, sizeof(*f));
	err = resolve_kernel(f, o, d);
	if (err)
		return err;
	if (access(f->kernel, R_OK) < 0)
		return diag_errno(d, -errno, f->kernel, "-k DIR must hold a file named vmlinuz");
	f->agent = !o->initrd;
	if (o->initrd)
		return copy(f->initrd, sizeof(f->initrd), o->initrd);
	if (ready && *ready)
		return copy(f->initrd, sizeof(f->initrd), ready);
	return build_initrd(f, d);
}

int files_map(const char *path, const void **data, size_t *size, struct diag *d)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	struct stat st;
	void *p;

	if (fd < 0)
		return diag_errno(d, -errno, path, NULL);
	if (fstat(fd, &st) < 0) {
		err = diag_errno(d, -errno, path, NULL);
	} else if (!S_ISREG(st.st_mode) || st.st_size == 0) {
		err = diag_set(d, -EINVAL, path, NULL, "%s",
			       S_ISREG(st.st_mode) ? "the file is empty" : "not a regular file");
	} else {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
		if (p == MAP_FAILED)
			err = diag_errno(d, -errno, path, NULL);
		*data = p;
		*size = (size_t)st.st_size;
	}
	close(fd);
	return err;
}
