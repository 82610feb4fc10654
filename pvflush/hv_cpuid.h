/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest is told: the features of this partition, computed once from the
 * options and the host, and the CPUID leaves that show them.
 */
#ifndef PVFLUSH_HV_CPUID_H
#define PVFLUSH_HV_CPUID_H

#include <stdbool.h>
#include <stdint.h>

#include "pvflush/hyperv.h"
#include "vmm/cpuid.h"

struct hv_features {
	uint32_t privileges; /* 0x40000003.EAX, HV_PRIV_* */
	uint32_t misc;	     /* 0x40000003.EDX, HV_MISC_* */
	uint32_t hints;	     /* 0x40000004.EAX, HV_HINT_* */
	unsigned vcpus;
};

/*
 * tsc_known: the TSC's frequency is known, so that it may be published.
 * invariant: the guest sees an invariant TSC (vmm/tsc.h).
 */
void hv_features_init(struct hv_features *f, const struct hyperv_options *o, bool tsc_known,
		      bool invariant, unsigned vcpus);

/* Adds the hypervisor leaves to t, and the "hypervisor present" bit. -ENOSPC. */
int hv_cpuid_add(struct cpuid_table *t, const struct hv_features *f);

#endif
