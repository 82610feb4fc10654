/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All kinds of work; see the file of each. */
#ifndef GUEST_WORK_KINDS_H
#define GUEST_WORK_KINDS_H

#include "guest/work/work.h"

extern const struct kind kind_pte, kind_pmd, kind_pud, kind_pgd, kind_hugetlb; /* kind_remap.c */
extern const struct kind kind_protect;
extern const struct kind kind_discard, kind_huge; /* kind_discard.c */
extern const struct kind kind_move;
extern const struct kind kind_fork;

#endif
