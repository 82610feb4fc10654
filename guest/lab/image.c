// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * L1's kernel and initramfs. The kernel is Debian's 6.1 with all drivers: it has 9p
 * and kvm-amd, which the cloud kernel lacks, and it is the same on every host. Its
 * vmlinux is unpacked here once: an emulated CPU takes 3 s to unpack it at every boot.
 */
#include "guest/lab/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/lab/helper.h"
#include "guest/lab/l1/l1.h"
#include "guest/lab/place.h"
#include "vmm/boot/payload.h"

#define KERNEL_NAME "6.1-generic"

static int fetch_kernel(char dir[PATH_MAX], const struct lab_options *o, struct diag *d)
{
	char helper[PATH_MAX], quiet[] = "--quiet", name[] = KERNEL_NAME;
	char *argv[] = { helper, o->quiet ? quiet : name, o->quiet ? name : NULL, NULL };
	int err = place_own(helper, "libexec", "kernel", d);

	return err ? err : helper_path(argv, dir, d);
}

/* --- vmlinux --------------------------------------------------------------------- */

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Whole or not at all: written under another name first. */
static int write_file(const char *path, const void *data, size_t size)
{
	char tmp[PATH_MAX];
	int err = place_format(tmp, "%s.%d", path, (int)getpid()), fd;

	if (err)
		return err;
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return -errno;
	err = write_all(fd, data, size);
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(tmp, path))
		err = -errno;
	if (err)
		(void)unlink(tmp);
	return err;
}

static int unpack_mapped(const char *to, const void *bzimage, size_t size, struct diag *d)
{
	size_t vmlinux_size;
	void *vmlinux;
	int err = payload_unpack(bzimage, size, &vmlinux, &vmlinux_size, d);

	if (err)
		return err;
	err = write_file(to, vmlinux, vmlinux_size);
	free(vmlinux);
	return err ? diag_errno(d, err, to, "is there room in the cache?") : 0;
}

static int unpack(const char *to, const char *from, size_t size, struct diag *d)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC), err;
	void *p;

	if (fd < 0)
		return diag_errno(d, -errno, from, NULL);
	p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	err = p == MAP_FAILED ? diag_errno(d, -errno, from, NULL) : 0;
	close(fd);
	if (err)
		return err;
	err = unpack_mapped(to, p, size, d);
	munmap(p, size);
	return err;
}

static int prepare_vmlinux(struct image *i, const char *dir, const struct lab_options *o,
			   struct diag *d)
{
	char bzimage[PATH_MAX], cache[PATH_MAX];
	struct stat st;
	int err = place_format(bzimage, "%s/vmlinuz", dir);

	if (!err && stat(bzimage, &st))
		err = -errno;
	if (err)
		return diag_errno(d, err, dir, "the cached kernel is damaged; remove it");
	err = place_cache(cache, "lab", d);
	if (err)
		return err;
	err = place_format(i->kernel, "%s/vmlinux-%llx-%llx%llx", cache,
			   (unsigned long long)st.st_size, (unsigned long long)st.st_mtim.tv_sec,
			   (unsigned long long)st.st_ino);
	if (err)
		return diag_errno(d, err, cache, NULL);
	if (!access(i->kernel, R_OK))
		return 0;
	if (!o->quiet)
		fprintf(stderr, "shootdown: lab: unpacking the kernel\n");
	return unpack(i->kernel, bzimage, (size_t)st.st_size, d);
}

/* --- initramfs --------------------------------------------------------------------- */

static int prepare_initrd(struct image *i, char *dir, const struct lab_options *o,
			  struct diag *d)
{
	char helper[PATH_MAX], agent[PATH_MAX], setup[PATH_MAX], file[PATH_MAX], cache[PATH_MAX];
	char kvm[] = "kvm-amd npt=1";
	char *argv[] = { helper, (char[]){ "-k" }, dir, (char[]){ "--kind" }, (char[]){ "lab" },
			 (char[]){ "--agent" }, agent, (char[]){ "-f" }, file,
			 (char[]){ "--module" }, (char[]){ "9pnet_virtio" },
			 (char[]){ "--module" }, (char[]){ "9p" },
			 (char[]){ "--module" }, kvm,
			 (char[]){ "--cache" }, cache, NULL };
	int err = place_own(helper, "libexec", "initramfs", d);

	if (!err)
		err = place_own(agent, "guest", "agent", d);
	if (!err)
		err = place_own(setup, "guest", "lab-setup", d);
	if (!err)
		err = place_cache(cache, "initramfs", d);
	if (err)
		return err;
	if (place_format(file, "%s=%s", setup, L1_PROGRAM))
		return diag_errno(d, -ENAMETOOLONG, setup, NULL);
	kvm[sizeof(kvm) - 2] = o->npt ? '1' : '0';
	return helper_path(argv, i->initrd, d);
}

int image_prepare(struct image *i, const struct lab_options *o, struct diag *d)
{
	char dir[PATH_MAX];
	int err = fetch_kernel(dir, o, d);

	if (!err)
		err = prepare_vmlinux(i, dir, o, d);
	if (!err)
		err = prepare_initrd(i, dir, o, d);
	return err;
}
