/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KVM personality: leaves, MSR_KVM_STEAL_TIME, and the vCPU hook that shows and takes. */
#include "pvflush/kvm_pv.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "pvflush/kvm_area.h"
#include "pvflush/run_delay.h"
#include "pvflush/slicer.h"
#include "vmm/machine.h"

/* Touched by the vCPU's own thread only. */
struct steal_vcpu {
	uint64_t msr;
	struct kvm_steal_time *area; /* NULL: not enabled, or not in RAM */
	struct run_delay delay;
};

struct kvm_pv {
	struct machine *m;
	struct tlb *tlb;
	struct steal_vcpu *vcpu;
	struct slicer *slicer;
};

#define CLOCK_FEATURES                                                          \
	(1u << KVM_FEATURE_CLOCKSOURCE | 1u << KVM_FEATURE_CLOCKSOURCE2 |       \
	 1u << KVM_FEATURE_NOP_IO_DELAY | 1u << KVM_FEATURE_CLOCKSOURCE_STABLE_BIT)
#define FLUSH_FEATURES (1u << KVM_FEATURE_STEAL_TIME | 1u << KVM_FEATURE_PV_TLB_FLUSH)

/*
 * PV IPIs, PV yield and PV unhalt are left out: they are served inside the host's
 * kernel, out of this VMM's sight, and are no part of the flush protocol.
 */
static int add_leaves(struct machine *m, enum kvm_pv_steal steal, struct diag *d)
{
	struct cpuid_table *host = calloc(1, sizeof(*host));
	const struct kvm_cpuid_entry2 *e;
	uint32_t supported, want = CLOCK_FEATURES;
	int err;

	if (!host)
		return -ENOMEM;
	err = cpuid_supported(host, m->kvm.fd);
	e = cpuid_find(host, KVM_CPUID_FEATURES, 0);
	supported = err || !e ? 0 : e->eax;
	free(host);
	if (steal == STEAL_KERNEL && (supported & FLUSH_FEATURES) != FLUSH_FEATURES)
		return diag_missing(d, "--pv kvm,steal=kernel", "use --pv kvm, which needs no such support",
				    "this host's KVM offers no steal time or no PV TLB flush");
	want &= supported;
	if (steal != STEAL_NONE)
		want |= FLUSH_FEATURES;
	err = cpuid_set(&m->cpuid, KVM_CPUID_SIGNATURE, KVM_CPUID_FEATURES, 0x4b4d564b, 0x564b4d56,
			0x4d);
	return err ? err : cpuid_set(&m->cpuid, KVM_CPUID_FEATURES, want, 0, 0, 0);
}

static int steal_read(void *opaque, struct vcpu *v, uint32_t index, uint64_t *value)
{
	struct kvm_pv *k = opaque;

	*value = k->vcpu[v->id].msr;
	return 0;
}

/* An area outside RAM is accepted and stays unused, as in KVM. */
static int steal_write(void *opaque, struct vcpu *v, uint32_t index, uint64_t value)
{
	struct kvm_pv *k = opaque;
	struct steal_vcpu *s = &k->vcpu[v->id];

	if (value & STEAL_MSR_RESERVED)
		return -1;
	s->msr = value;
	s->area = NULL;
	if (value & STEAL_MSR_ENABLE)
		s->area = mem_ptr(k->m->mem, gpa(value & ~0x3full), sizeof(*s->area));
	if (s->area)
		area_add_steal(s->area, 0); /* leaves an even version, as KVM's first touch does */
	return 0;
}

static const struct msr_ops steal_msr = {
	.name = "MSR_KVM_STEAL_TIME",
	.read = steal_read,
	.write = steal_write,
};

static void steal_enter(void *opaque, struct vcpu *v)
{
	struct kvm_pv *k = opaque;
	struct steal_vcpu *s = &k->vcpu[v->id];

	if (s->area && area_take(s->area) & KVM_VCPU_FLUSH_TLB) {
		atomic_fetch_add_explicit(&tlb_stats(k->tlb)->vcpu[v->id].preempted_flush, 1,
					  memory_order_relaxed);
		tlb_flush_self(k->tlb, v, FLUSH_KVM_STEAL);
	}
}

/* Off the CPU, at an instruction boundary (vcpu.h): S1 holds. The enter hook takes back. */
static void steal_yield(void *opaque, struct vcpu *v)
{
	struct kvm_pv *k = opaque;
	struct steal_vcpu *s = &k->vcpu[v->id];

	if (!s->area) {
		slicer_yield();
		return;
	}
	atomic_fetch_add_explicit(&tlb_stats(k->tlb)->vcpu[v->id].preempted_shown, 1,
				  memory_order_relaxed);
	area_show(s->area);
	slicer_yield();
	area_add_steal(s->area, run_delay_advance(&s->delay));
}

static const struct vcpu_hook steal_hook = {
	.name = "steal time",
	.enter = steal_enter,
	.yield = steal_yield,
};

static int create_steal(struct kvm_pv *k, struct diag *d)
{
	int err;

	k->vcpu = calloc(k->m->vcpus, sizeof(k->vcpu[0]));
	if (!k->vcpu)
		return -ENOMEM;
	err = msr_add(&k->m->msr, MSR_KVM_STEAL_TIME, 1, &steal_msr, k);
	if (!err)
		err = machine_add_hook(k->m, &steal_hook, k);
	if (!err && k->m->vcpus > (unsigned)sysconf(_SC_NPROCESSORS_ONLN))
		err = slicer_create(&k->slicer, k->m);
	return err ? diag_errno(d, err, "steal time", NULL) : 0;
}

int kvm_pv_create(struct kvm_pv **ret, struct machine *m, enum kvm_pv_steal steal, struct diag *d)
{
	struct kvm_pv *k = calloc(1, sizeof(*k));
	int err;

	if (!k)
		return -ENOMEM;
	k->m = m;
	err = add_leaves(m, steal, d);
	if (!err && steal == STEAL_VMM)
		err = create_steal(k, d);
	if (err) {
		kvm_pv_destroy(k);
		return err;
	}
	*ret = k;
	return 0;
}

void kvm_pv_attach(struct kvm_pv *k, struct tlb *t)
{
	k->tlb = t;
}

void kvm_pv_destroy(struct kvm_pv *k)
{
	if (!k)
		return;
	slicer_destroy(k->slicer);
	if (k->vcpu)
		for (unsigned i = 0; i < k->m->vcpus; i++)
			run_delay_close(&k->vcpu[i].delay);
	free(k->vcpu);
	free(k);
}
