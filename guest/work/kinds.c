/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of kinds. */
#include "guest/work/kinds.h"

#include <stddef.h>

const struct kind *const work_kinds[] = {
	&kind_pte,  &kind_pmd,  &kind_pud,     &kind_pgd,  &kind_protect, &kind_discard,
	&kind_move, &kind_huge, &kind_hugetlb, &kind_fork, NULL,
};

_Static_assert(sizeof(work_kinds) / sizeof(work_kinds[0]) <= WORK_KINDS_MAX,
	       "every kind has a counter");
