/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest-physical addresses are their own type: they cannot be dereferenced, and
 * cannot be mixed up with host addresses or lengths by accident.
 */
#ifndef VMM_GPA_H
#define VMM_GPA_H

#include <stdint.h>

typedef struct {
	uint64_t v;
} gpa_t;

#define GPA_PAGE_SIZE 4096ull

static inline gpa_t gpa(uint64_t v)
{
	return (gpa_t){ v };
}

/* Does not guard against wrap-around: mem_ptr() does, where it matters. */
static inline gpa_t gpa_add(gpa_t a, uint64_t n)
{
	return (gpa_t){ a.v + n };
}

#endif
