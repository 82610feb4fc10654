/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KVM's binary statistics: a header, an array of descriptors, a data block. */
#include "vmm/kvm_stats.h"

#include <errno.h>
#include <linux/kvm.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MAX_NAME 256
#define MAX_DESC 1024

static int read_at(int fd, void *to, size_t len, uint64_t offset)
{
	ssize_t n = pread(fd, to, len, (off_t)offset);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EBADMSG;
}

static int read_value(int fd, const struct kvm_stats_header *h, const struct kvm_stats_desc *s,
		      uint64_t *value)
{
	uint64_t v = 0;
	int err = read_at(fd, &v, sizeof(v), (uint64_t)h->data_offset + s->offset);

	if (!err && value)
		*value = v;
	return err;
}

static int find(int fd, const struct kvm_stats_header *h, const char *name, uint64_t *value)
{
	union {
		struct kvm_stats_desc desc;
		char bytes[sizeof(struct kvm_stats_desc) + MAX_NAME];
	} u;
	size_t size = sizeof(u.desc) + h->name_size;

	for (uint32_t i = 0; i < h->num_desc; i++) {
		int err = read_at(fd, &u, size, h->desc_offset + (uint64_t)i * size);

		if (err)
			return err;
		u.bytes[size - 1] = 0;
		if (!strcmp(u.bytes + offsetof(struct kvm_stats_desc, name), name))
			return read_value(fd, h, &u.desc, value);
	}
	return -ENOENT;
}

int kvm_stat(int fd, const char *name, uint64_t *value)
{
	int stats = ioctl(fd, KVM_GET_STATS_FD, NULL);
	struct kvm_stats_header h;
	int err;

	if (stats < 0)
		return -errno;
	err = read_at(stats, &h, sizeof(h), 0);
	if (!err && (h.name_size == 0 || h.name_size > MAX_NAME || h.num_desc > MAX_DESC))
		err = -EBADMSG;
	if (!err)
		err = find(stats, &h, name, value);
	close(stats);
	return err;
}
