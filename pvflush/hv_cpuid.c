/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hyper-V CPUID leaves. Not offered, because each makes Linux do more than this VMM
 * serves: every privilege in 0x40000003.EBX (root partition, isolation, extended
 * hypercalls), SynIC and its timers, APIC MSRs, crash MSRs, cluster IPIs, guest idle.
 */
#include "pvflush/hv_cpuid.h"

#include "pvflush/hv_abi.h"

#define CPUID_1_ECX_HYPERVISOR	       (1u << 31)
#define SPIN_NEVER_NOTIFY	       0xffffffffu

void hv_features_init(struct hv_features *f, const struct hyperv_options *o, bool tsc_known,
		      bool invariant, unsigned vcpus)
{
	*f = (struct hv_features){
		.privileges = HV_PRIV_HYPERCALL | HV_PRIV_VP_INDEX,
		.hints = HV_HINT_REMOTE_FLUSH | HV_HINT_RELAXED_TIMING | HV_HINT_NO_AUTO_EOI,
		.vcpus = vcpus,
	};
	if (tsc_known) {
		f->privileges |= HV_PRIV_FREQUENCY;
		f->misc |= HV_MISC_FREQUENCY;
	}
	if (o->reference_tsc)
		f->privileges |= HV_PRIV_TIME_REF_COUNT | (tsc_known ? HV_PRIV_REFERENCE_TSC : 0);
	if (invariant)
		f->privileges |= HV_PRIV_TSC_INVARIANT;
	if (o->xmm_input)
		f->misc |= HV_MISC_XMM_INPUT;
	if (o->ex_masks)
		f->hints |= HV_HINT_EX_MASKS;
}

/* Leaves that are all zero, but must be there (see add_zero_leaves). */
static const struct {
	uint32_t first, last;
} zero_leaves[] = {
	{ 0x40000006, 0x4000000c },
	{ 0x40000080, 0x40000082 },
};

/*
 * Out of range leaves of an Intel guest show the highest basic leaf (SDM vol. 2A,
 * CPUID), and some kernels read these without asking for the range.
 */
static int add_zero_leaves(struct cpuid_table *t)
{
	int err = 0;

	for (size_t i = 0; i < sizeof(zero_leaves) / sizeof(zero_leaves[0]); i++)
		for (uint32_t f = zero_leaves[i].first; f <= zero_leaves[i].last && !err; f++)
			err = cpuid_set(t, f, 0, 0, 0, 0);
	return err;
}

int hv_cpuid_add(struct cpuid_table *t, const struct hv_features *f)
{
	const struct {
		uint32_t function, eax, ebx, ecx, edx;
	} leaf[] = {
		/* "Microsoft Hv" */
		{ HV_CPUID_BASE, HV_CPUID_LIMITS, 0x7263694d, 0x666f736f, 0x76482074 },
		/*
		 * Interface signature: 0 where "Hv#1" is expected. Linux does not read it, and
		 * a host KVM that finds it there starts an emulation of its own beside this one.
		 */
		{ HV_CPUID_INTERFACE, 0, 0, 0, 0 },
		/* build, major and minor: only printed */
		{ HV_CPUID_VERSION, 14393, 10 << 16, 0, 0 },
		{ HV_CPUID_FEATURES, f->privileges, 0, 0, f->misc },
		{ HV_CPUID_HINTS, f->hints, SPIN_NEVER_NOTIFY, 0, 0 },
		{ HV_CPUID_LIMITS, f->vcpus, f->vcpus, 0, 0 },
	};
	struct kvm_cpuid_entry2 *one = cpuid_find(t, 1, 0);
	int err = 0;

	for (size_t i = 0; i < sizeof(leaf) / sizeof(leaf[0]) && !err; i++)
		err = cpuid_set(t, leaf[i].function, leaf[i].eax, leaf[i].ebx, leaf[i].ecx,
				leaf[i].edx);
	if (!err)
		err = add_zero_leaves(t);
	if (one)
		one->ecx |= CPUID_1_ECX_HYPERVISOR;
	return err;
}
