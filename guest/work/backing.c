/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and memory of slots. */
#include "guest/work/backing.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#define KIB (1ull << 10)
#define MIB (1ull << 20)
#define GIB (1ull << 30)
#define TIB (1ull << 40)

/* Far from where the kernel places anything by itself; below 2^47 with all its areas. */
#define ARENA (16 * TIB)

struct layout {
	uint64_t base, stride;
	unsigned count;
	uint64_t anchor; /* distance of the page that keeps upper tables; 0: none */
};

static const struct layout layouts[] = {
	[AREA_PTE] = { ARENA, 512 * KIB, 4096, 0 },
	[AREA_PMD] = { ARENA + 1 * TIB, 4 * MIB, 4096, 3 * MIB },
	[AREA_PUD] = { ARENA + 2 * TIB, 2 * GIB, 256, 1 * GIB },
	[AREA_PROTECT] = { ARENA + 4 * TIB, 512 * KIB, 4096, 0 },
	[AREA_DISCARD] = { ARENA + 5 * TIB, 512 * KIB, 4096, 0 },
	[AREA_MOVE] = { ARENA + 6 * TIB, 8 * MIB, 4096, 0 },
	[AREA_HUGE] = { ARENA + 7 * TIB, 4 * MIB, 4096, 0 },
	[AREA_HUGETLB] = { ARENA + 8 * TIB, 4 * MIB, 4096, 0 },
	[AREA_FORK] = { ARENA + 9 * TIB, 4 * MIB, 4096, 0 },
	[AREA_PGD] = { ARENA + 16 * TIB, 1 * TIB, 64, 0 },
};

uint64_t backing_address(enum area area, unsigned index)
{
	const struct layout *l = &layouts[area];

	return index < l->count ? l->base + index * l->stride : 0;
}

int backing_anchor(enum area area, uint64_t va)
{
	uint64_t distance = layouts[area].anchor;
	void *at = (void *)(uintptr_t)(va + distance);
	uint64_t value;

	if (!distance)
		return 0;
	if (mmap(at, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0) == MAP_FAILED)
		return -errno;
	return page_store(at, 1) && page_load(at, &value) ? 0 : -EFAULT;
}

static int charge(struct work *w, uint64_t bytes)
{
	if (bytes > w->options.memory - w->memory)
		return -ENOSPC;
	w->memory += bytes;
	return 0;
}

int backing_private(struct work *w, const struct slot *s)
{
	return charge(w, slot_bytes(s));
}

/* A part of the common memfd, or a hugetlb one for the slot alone. */
static int take_memfd(struct work *w, struct slot *s, uint64_t bytes)
{
	if (s->page_size == HUGE_SIZE) {
		s->memfd = memfd_create("flushwork-hugetlb", MFD_CLOEXEC | MFD_HUGETLB);
		s->offset = 0;
		return s->memfd < 0 || ftruncate(s->memfd, (off_t)bytes) < 0 ? -errno : 0;
	}
	s->memfd = w->memfd;
	s->offset = w->memfd_size;
	if (ftruncate(w->memfd, (off_t)(w->memfd_size + bytes)) < 0)
		return -errno;
	w->memfd_size += bytes;
	return 0;
}

int backing_shared(struct work *w, struct slot *s, unsigned buffers)
{
	uint64_t bytes = buffers * (uint64_t)slot_bytes(s);
	void *alias;
	int err = charge(w, bytes);

	if (!err)
		err = take_memfd(w, s, bytes);
	if (err)
		return err;
	alias = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s->memfd, (off_t)s->offset);
	if (alias == MAP_FAILED) {
		err = -errno;
		if (s->memfd != w->memfd)
			close(s->memfd);
		w->memory -= bytes;
		return err;
	}
	s->alias = alias;
	return 0;
}

static uint64_t buffer_offset(const struct slot *s, uint64_t generation)
{
	return s->fixed_contents ? 0 : generation % SLOT_BUFFERS * slot_bytes(s);
}

void backing_fill(const struct work *w, const struct slot *s, uint64_t generation)
{
	uint8_t *at = s->alias + buffer_offset(s, generation);

	for (size_t i = 0; i < s->pages; i++)
		page_fill((struct page_head *)(at + i * s->page_size), w->mm,
			  s->va[0] + i * s->page_size, generation);
}

int backing_map(const struct slot *s, unsigned home, uint64_t generation)
{
	off_t offset = (off_t)(s->offset + buffer_offset(s, generation));
	void *at = mmap(slot_address(s, home), slot_bytes(s), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_FIXED, s->memfd, offset);

	return at == MAP_FAILED ? -errno : 0;
}

size_t backing_pages(unsigned index)
{
	static const unsigned char sizes[] = { 1, 33, 2, 64, 3, 8, 34, 16, 1, 32, 5 };

	return sizes[index % sizeof(sizes)];
}
