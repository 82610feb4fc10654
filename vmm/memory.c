/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest RAM: one memfd mapping, split around the MMIO hole. See memory.h. */
#include "vmm/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm/layout.h"

#define HUGE_SIZE (2ull << 20)
#define RAM_MAX	  (1ull << 44)

struct memory {
	void *host;
	uint64_t size;
	struct mem_region region[2];
	unsigned regions;
};

static int map_ram(void **ret, uint64_t size, bool hugepages)
{
	int fd = memfd_create("guest-ram", MFD_CLOEXEC | (hugepages ? MFD_HUGETLB : 0));
	void *p;
	int err = 0;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) < 0) {
		err = -errno;
	} else {
		/* Reserve huge pages now: running out later would be a SIGBUS in a vCPU. */
		int flags = MAP_SHARED | (hugepages ? MAP_POPULATE : MAP_NORESERVE);

		p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);
		if (p == MAP_FAILED) {
			err = -errno;
		} else {
			/* Transparent huge pages where the host allows them for shared memory. */
			madvise(p, size, MADV_HUGEPAGE);
			*ret = p;
		}
	}
	close(fd);
	return err;
}

int mem_create(struct memory **ret, uint64_t size, bool hugepages)
{
	uint64_t unit = hugepages ? HUGE_SIZE : GPA_PAGE_SIZE;
	uint64_t low;
	struct memory *m;
	int err;

	if (size == 0 || size > RAM_MAX)
		return -EINVAL;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->size = (size + unit - 1) / unit * unit;
	err = map_ram(&m->host, m->size, hugepages);
	if (err) {
		free(m);
		return err;
	}
	low = m->size < LAYOUT_HOLE ? m->size : LAYOUT_HOLE;
	m->region[m->regions++] = (struct mem_region){ gpa(0), low, m->host };
	if (m->size > low)
		m->region[m->regions++] = (struct mem_region){
			gpa(LAYOUT_HIGH_RAM), m->size - low, (char *)m->host + low
		};
	*ret = m;
	return 0;
}

void mem_destroy(struct memory *m)
{
	if (!m)
		return;
	munmap(m->host, m->size);
	free(m);
}

unsigned mem_regions(const struct memory *m, const struct mem_region **ret)
{
	*ret = m->region;
	return m->regions;
}

uint64_t mem_size(const struct memory *m)
{
	return m->size;
}

void *mem_ptr(const struct memory *m, gpa_t addr, uint64_t len)
{
	for (unsigned i = 0; i < m->regions; i++) {
		const struct mem_region *r = &m->region[i];
		uint64_t offset = addr.v - r->base.v;

		if (addr.v < r->base.v || offset >= r->size)
			continue;
		return len <= r->size - offset ? (char *)r->host + offset : NULL;
	}
	return NULL;
}

int mem_read(const struct memory *m, gpa_t addr, void *dst, size_t len)
{
	const void *p = mem_ptr(m, addr, len);

	if (!p)
		return -EFAULT;
	memcpy(dst, p, len);
	return 0;
}

int mem_write(const struct memory *m, gpa_t addr, const void *src, size_t len)
{
	void *p = mem_ptr(m, addr, len);

	if (!p)
		return -EFAULT;
	memcpy(p, src, len);
	return 0;
}
