/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host thinks of its TSC, and what the guest is told of it. */
#include "vmm/tsc.h"

#include <stdio.h>
#include <string.h>

#include "vmm/cpuid.h"

#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"
#define LEAF	    0x80000007
#define EDX_INVARIANT (1u << 8)

bool tsc_trusted(void)
{
	FILE *f = fopen(CLOCKSOURCE, "re");
	char name[16] = "";

	if (!f)
		return false;
	if (fscanf(f, "%15s", name) != 1)
		name[0] = 0;
	fclose(f);
	return strcmp(name, "tsc") == 0;
}

void tsc_show_invariant(struct cpuid_table *t)
{
	struct kvm_cpuid_entry2 *e = cpuid_find(t, LEAF, 0);

	if (e)
		e->edx |= EDX_INVARIANT;
}

bool tsc_is_invariant(struct cpuid_table *t)
{
	const struct kvm_cpuid_entry2 *e = cpuid_find(t, LEAF, 0);

	return e && e->edx & EDX_INVARIANT;
}
