/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest RAM: one memfd, mapped once, shown to the guest below and above the MMIO
 * hole (layout.h). Every access to guest memory goes through mem_ptr(), which
 * takes an address and a length and checks both.
 *
 * Guest memory is shared with running vCPUs: what a caller wants to validate it
 * copies out once (mem_read) and looks at the copy only.
 */
#ifndef VMM_MEMORY_H
#define VMM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/gpa.h"

struct memory;

/* One contiguous piece of guest RAM as KVM and the e820 map see it. */
struct mem_region {
	gpa_t base;
	uint64_t size; /* bytes, a multiple of 4 KiB */
	void *host;
};

/*
 * Allocates size bytes of guest RAM (rounded up to a page; with hugepages, to
 * 2 MiB and backed by hugetlbfs pages). The caller owns *ret.
 * Errors: -EINVAL size 0 or absurd, -ENOMEM, -errno of memfd_create/mmap.
 */
int mem_create(struct memory **ret, uint64_t size, bool hugepages);
void mem_destroy(struct memory *m);

/* Regions in ascending order of address; the array belongs to m. */
unsigned mem_regions(const struct memory *m, const struct mem_region **ret);
uint64_t mem_size(const struct memory *m);

/*
 * The host address of guest-physical [addr, addr + len), or NULL unless the
 * whole range lies in one RAM region. len 0 is valid for an address in RAM.
 * The pointer is good for the life of m; the guest may write behind it any time.
 */
void *mem_ptr(const struct memory *m, gpa_t addr, uint64_t len);

/* Copy out of / into guest RAM. 0, or -EFAULT and nothing was copied. */
int mem_read(const struct memory *m, gpa_t addr, void *dst, size_t len);
int mem_write(const struct memory *m, gpa_t addr, const void *src, size_t len);

#endif
