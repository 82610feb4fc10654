/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's CPUID: KVM_GET_SUPPORTED_CPUID, cut down by explicit tables, plus the
 * hypervisor leaves of the personality. One table for the machine; per-vCPU
 * fields (APIC ids) are filled in when it is installed.
 */
#ifndef VMM_CPUID_H
#define VMM_CPUID_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

#define CPUID_MAX 128

struct cpuid_table {
	uint32_t n;
	struct kvm_cpuid_entry2 entry[CPUID_MAX];
};

/* Fills t with what the host's KVM supports. 0 or -errno. */
int cpuid_supported(struct cpuid_table *t, int kvm_fd);

/*
 * Makes a supported table one that guests can trust: masks what this VMM does not
 * offer, makes leaf 0xd agree with itself (xstate.h), sets topology for vcpus,
 * removes every leaf in 0x40000000-0x4fffffff.
 */
void cpuid_sanitize(struct cpuid_table *t, unsigned vcpus);

/* The entry for (function, index), or NULL. */
struct kvm_cpuid_entry2 *cpuid_find(struct cpuid_table *t, uint32_t function, uint32_t index);

/* Adds or replaces leaf function (index 0, no subleaves). -ENOSPC. */
int cpuid_set(struct cpuid_table *t, uint32_t function, uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx);

/* The per-vCPU copy: APIC id in leaves 1, 0xb, 0x1f. */
void cpuid_for_vcpu(struct cpuid_table *to, const struct cpuid_table *from, unsigned apic_id);

#endif
