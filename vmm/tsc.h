/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the time stamp counter good to keep time by? */
#ifndef VMM_TSC_H
#define VMM_TSC_H

#include <stdbool.h>

struct cpuid_table;

/*
 * True if this host itself keeps time by its TSC. Then the TSC is constant and the
 * same on all CPUs, even where CPUID 0x80000007.EDX[8] does not say so (a KVM that is
 * nested in an emulator).
 */
bool tsc_trusted(void);

/* CPUID 0x80000007.EDX[8], invariant TSC: set it (no leaf: nothing happens); read it. */
void tsc_show_invariant(struct cpuid_table *t);
bool tsc_is_invariant(struct cpuid_table *t);

#endif
