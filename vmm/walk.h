/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A software walk of the guest's page tables (SDM vol. 3, 4.5), for diagnosis. */
#ifndef VMM_WALK_H
#define VMM_WALK_H

#include <linux/kvm.h>
#include <stdint.h>

#include "vmm/memory.h"

/*
 * Translate gva by the paging mode of s (none, or 4- and 5-level; 32-bit and PAE
 * paging: -ENOTSUP). Permissions are not checked, no A/D bits are set.
 * 0, -EFAULT when a table is outside RAM, -ENOENT when an entry is not present.
 */
int walk_gva(const struct memory *m, const struct kvm_sregs *s, uint64_t gva, gpa_t *ret);

#endif
