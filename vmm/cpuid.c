/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPUID tables. What guests are not offered is listed in `mask` below, register by
 * register; everything else is what KVM_GET_SUPPORTED_CPUID says.
 */
#include "vmm/cpuid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/kvm.h"
#include "vmm/xstate.h"

enum { EAX, EBX, ECX, EDX };

#define ALL 0xffffffffu
#define BIT(n) (1u << (n))

/* Bits cleared. Leaves not supported by this VMM are cleared whole. */
static const struct {
	uint32_t function;
	int reg;
	uint32_t clear;
	const char *why;
} mask[] = {
	{ 0x1, ECX, BIT(2) | BIT(4) | BIT(15), "debug store, PDCM: no PMU emulation offered" },
	{ 0x1, ECX, BIT(3), "MWAIT: hides halts from the hypervisor, disables KVM PV flush" },
	{ 0x1, ECX, BIT(5) | BIT(6) | BIT(7) | BIT(8), "VMX, SMX, EIST, TM2: not nested" },
	{ 0x1, EDX, BIT(21) | BIT(22) | BIT(29), "debug store, thermal" },
	{ 0x5, EAX, ALL, "MONITOR/MWAIT" }, { 0x5, EBX, ALL, "MONITOR/MWAIT" },
	{ 0x5, ECX, ALL, "MONITOR/MWAIT" }, { 0x5, EDX, ALL, "MONITOR/MWAIT" },
	{ 0x6, EAX, ~BIT(2), "power management but ARAT" },
	{ 0x6, EBX, ALL, "power management" }, { 0x6, ECX, ALL, "power management" },
	{ 0x7, EBX, BIT(2), "SGX" }, { 0x7, ECX, BIT(30), "SGX" },
	{ 0xa, EAX, ALL, "PMU" }, { 0xa, EBX, ALL, "PMU" },
	{ 0xa, ECX, ALL, "PMU" }, { 0xa, EDX, ALL, "PMU" },
	{ 0x80000001, ECX, BIT(2), "SVM: not nested" },
	{ 0x80000001, ECX, BIT(22) | BIT(23) | BIT(24) | BIT(28), "TOPOEXT, AMD PMU" },
	{ 0x80000022, EAX, ALL, "AMD PMU" }, { 0x80000022, EBX, ALL, "AMD PMU" },
};

int cpuid_supported(struct cpuid_table *t, int kvm_fd)
{
	struct kvm_cpuid2 *c;
	uint32_t room = 2 * CPUID_MAX;
	int err;

	c = calloc(1, sizeof(*c) + room * sizeof(c->entries[0]));
	if (!c)
		return -ENOMEM;
	c->nent = room;
	err = kvm_get_supported_cpuid(kvm_fd, c);
	if (!err && c->nent > CPUID_MAX)
		err = -E2BIG;
	if (!err) {
		t->n = c->nent;
		memcpy(t->entry, c->entries, c->nent * sizeof(c->entries[0]));
	}
	free(c);
	return err;
}

struct kvm_cpuid_entry2 *cpuid_find(struct cpuid_table *t, uint32_t function, uint32_t index)
{
	for (uint32_t i = 0; i < t->n; i++) {
		struct kvm_cpuid_entry2 *e = &t->entry[i];

		if (e->function == function &&
		    (!(e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) || e->index == index))
			return e;
	}
	return NULL;
}

static struct kvm_cpuid_entry2 *append(struct cpuid_table *t, uint32_t function, uint32_t index,
				       uint32_t flags)
{
	struct kvm_cpuid_entry2 *e;

	if (t->n == CPUID_MAX)
		return NULL;
	e = &t->entry[t->n++];
	*e = (struct kvm_cpuid_entry2){ .function = function, .index = index, .flags = flags };
	return e;
}

int cpuid_set(struct cpuid_table *t, uint32_t function, uint32_t eax, uint32_t ebx, uint32_t ecx,
	      uint32_t edx)
{
	struct kvm_cpuid_entry2 *e = cpuid_find(t, function, 0);

	if (!e)
		e = append(t, function, 0, 0);
	if (!e)
		return -ENOSPC;
	e->eax = eax;
	e->ebx = ebx;
	e->ecx = ecx;
	e->edx = edx;
	return 0;
}

static void apply_mask(struct cpuid_table *t)
{
	for (uint32_t i = 0; i < t->n; i++) {
		uint32_t *reg[] = { &t->entry[i].eax, &t->entry[i].ebx, &t->entry[i].ecx,
				    &t->entry[i].edx };

		for (size_t k = 0; k < sizeof(mask) / sizeof(mask[0]); k++)
			if (mask[k].function == t->entry[i].function)
				*reg[mask[k].reg] &= ~mask[k].clear;
	}
}

static void drop_if(struct cpuid_table *t, bool (*match)(const struct kvm_cpuid_entry2 *e))
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n; i++)
		if (!match(&t->entry[i]))
			t->entry[n++] = t->entry[i];
	t->n = n;
}

/* Hypervisor leaves belong to the personality; the others are topology, made below, or not offered. */
static bool not_offered(const struct kvm_cpuid_entry2 *e)
{
	if (e->function >= 0x40000000 && e->function <= 0x4fffffff)
		return true;
	switch (e->function) {
	case 0xb: case 0x1f:  /* extended topology */
	case 0x12:	      /* SGX */
	case 0x14:	      /* processor trace */
	case 0x8000001e:      /* AMD topology, with TOPOEXT */
		return true;
	default:
		return false;
	}
}

static unsigned bits_for(unsigned n)
{
	unsigned bits = 0;

	while (1u << bits < n)
		bits++;
	return bits;
}

/* One package of `vcpus` single-threaded cores (SDM vol. 2A, CPUID leaves 1, 4, 0xb). */
static void topology(struct cpuid_table *t, unsigned vcpus)
{
	struct kvm_cpuid_entry2 *e;
	unsigned shift = bits_for(vcpus), logical = vcpus < 255 ? vcpus : 255;

	for (uint32_t i = 0; i < t->n; i++) {
		e = &t->entry[i];
		if (e->function == 1) {
			e->ebx = (e->ebx & 0xff00) | logical << 16;
			e->ecx |= BIT(31); /* a hypervisor is present */
			e->edx = vcpus > 1 ? e->edx | BIT(28) : e->edx & ~BIT(28);
		} else if (e->function == 4 || e->function == 0x8000001d) {
			e->eax &= 0x3fff; /* no cache is shared: says nothing that is not true */
		} else if (e->function == 0x80000008) {
			e->ecx = shift << 12 | (logical - 1);
		}
	}
	e = append(t, 0xb, 0, KVM_CPUID_FLAG_SIGNIFCANT_INDEX);
	if (e)
		e->ebx = 1, e->ecx = 1 << 8;
	e = append(t, 0xb, 1, KVM_CPUID_FLAG_SIGNIFCANT_INDEX);
	if (e)
		e->eax = shift, e->ebx = vcpus, e->ecx = 2 << 8 | 1;
	e = append(t, 0xb, 2, KVM_CPUID_FLAG_SIGNIFCANT_INDEX);
	if (e)
		e->ecx = 2;
	e = cpuid_find(t, 0, 0);
	if (e && e->eax < 0xb)
		e->eax = 0xb;
}

void cpuid_sanitize(struct cpuid_table *t, unsigned vcpus)
{
	drop_if(t, not_offered);
	apply_mask(t);
	xstate_make_consistent(t);
	topology(t, vcpus);
}

void cpuid_for_vcpu(struct cpuid_table *to, const struct cpuid_table *from, unsigned apic_id)
{
	*to = *from;
	for (uint32_t i = 0; i < to->n; i++) {
		struct kvm_cpuid_entry2 *e = &to->entry[i];

		if (e->function == 1)
			e->ebx = (e->ebx & 0x00ffffff) | (apic_id & 0xff) << 24;
		else if (e->function == 0xb)
			e->edx = apic_id;
	}
}
