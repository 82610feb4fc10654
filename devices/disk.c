/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening disks. See disk.h. */
#include "devices/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int cannot_open(const char *path, bool ro, int err, struct diag *d)
{
	char hint[256];

	if (!ro && (err == -EACCES || err == -EPERM || err == -EROFS) && access(path, R_OK) == 0) {
		snprintf(hint, sizeof(hint), "for a disk that the guest only reads: -d %.200s,ro",
			 path);
		return diag_set(d, err, path, hint, "is not writable");
	}
	if (err == -ENOENT)
		return diag_set(d, err, path, "create one with: truncate -s 1G FILE",
				"no such file");
	if (err == -EISDIR)
		return diag_set(d, err, path, "a disk is a file or a block device",
				"is a directory");
	if (err == -EACCES || err == -EPERM)
		return diag_set(d, err, path, NULL, "permission denied");
	return diag_errno(d, err, path, NULL);
}

/* Size in bytes of what fd is, or why it cannot be a disk. */
static int disk_size(int fd, const char *path, uint64_t *size, struct diag *d)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return diag_errno(d, -errno, path, NULL);
	if (S_ISREG(st.st_mode)) {
		*size = (uint64_t)st.st_size;
		return 0;
	}
	if (S_ISBLK(st.st_mode))
		return ioctl(fd, BLKGETSIZE64, size) < 0 ? diag_errno(d, -errno, path, NULL) : 0;
	if (S_ISDIR(st.st_mode))
		return cannot_open(path, true, -EISDIR, d);
	return diag_set(d, -ENOTBLK, path, NULL, "is neither a file nor a block device");
}

static int check_size(const char *path, uint64_t size, struct diag *d)
{
	char hint[64];

	if (size && size % DISK_SECTOR == 0)
		return 0;
	if (size == 0)
		return diag_set(d, -EINVAL, path, "give it a size with: truncate -s 1G FILE",
				"is empty");
	snprintf(hint, sizeof(hint), "round it up with: truncate -s %%%u FILE", DISK_SECTOR);
	return diag_set(d, -EINVAL, path, hint,
			"its size of %" PRIu64 " bytes is not a multiple of %u", size, DISK_SECTOR);
}

int disk_open(const char *path, bool ro, uint64_t *sectors, struct diag *d)
{
	/* Not to wait on a FIFO, nor for a tape drive: neither can be a disk. */
	int fd = open(path, (ro ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	uint64_t size = 0;
	int err;

	if (fd < 0)
		return cannot_open(path, ro, -errno, d);
	err = disk_size(fd, path, &size, d);
	if (!err)
		err = check_size(path, size, d);
	if (!err && fcntl(fd, F_SETFL, 0) < 0)
		err = diag_errno(d, -errno, path, NULL);
	if (err) {
		close(fd);
		return err;
	}
	*sectors = size / DISK_SECTOR;
	return fd;
}
