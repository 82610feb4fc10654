/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes CPUID leaf 0xd agree with itself and with the feature bits. */
#include "vmm/xstate.h"

#include "vmm/cpuid.h"

#define LEGACY_SIZE 576 /* 512 bytes of FXSAVE area and the 64-byte XSAVE header */
#define XSAVEOPT    1u

/* User components offered, and the feature that each needs: leaf, register, bit. */
static const struct {
	unsigned component;
	uint32_t function;
	enum { EBX, ECX } reg;
	unsigned bit;
} needs[] = {
	{ 2, 1, ECX, 28 }, /* AVX */
	{ 5, 7, EBX, 16 }, /* AVX-512 opmask */
	{ 6, 7, EBX, 16 }, /* AVX-512 ZMM_Hi256 */
	{ 7, 7, EBX, 16 }, /* AVX-512 Hi16_ZMM */
	{ 9, 7, ECX, 3 },  /* PKRU */
};

static uint32_t wanted(struct cpuid_table *t, uint32_t supported)
{
	uint32_t xcr0 = 3; /* x87 and SSE, always */

	for (unsigned i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		const struct kvm_cpuid_entry2 *f = cpuid_find(t, needs[i].function, 0);
		const struct kvm_cpuid_entry2 *size = cpuid_find(t, 0xd, needs[i].component);
		uint32_t reg = !f ? 0 : needs[i].reg == EBX ? f->ebx : f->ecx;

		if (supported >> needs[i].component & 1 && reg >> needs[i].bit & 1 && size &&
		    size->eax)
			xcr0 |= 1u << needs[i].component;
	}
	if ((xcr0 & 0xe0) != 0xe0) /* AVX-512 is all three or none */
		xcr0 &= ~0xe0u;
	return xcr0;
}

static uint32_t area_size(struct cpuid_table *t, uint32_t xcr0)
{
	uint32_t size = LEGACY_SIZE;

	for (unsigned i = 2; i < 32; i++) {
		const struct kvm_cpuid_entry2 *e = cpuid_find(t, 0xd, i);

		if (xcr0 >> i & 1 && e && e->ebx + e->eax > size)
			size = e->ebx + e->eax;
	}
	return size;
}

void xstate_make_consistent(struct cpuid_table *t)
{
	struct kvm_cpuid_entry2 *main = cpuid_find(t, 0xd, 0);
	uint32_t xcr0, n = 0;

	if (!main)
		return;
	xcr0 = wanted(t, main->eax);
	main->eax = xcr0;
	main->edx = 0;
	main->ecx = area_size(t, xcr0);
	main->ebx = main->ecx; /* KVM recomputes it from the guest's XCR0 */
	for (uint32_t i = 0; i < t->n; i++) {
		struct kvm_cpuid_entry2 *e = &t->entry[i];

		if (e->function == 0xd && e->index == 1)
			*e = (struct kvm_cpuid_entry2){ .function = 0xd, .index = 1,
							.flags = e->flags,
							.eax = e->eax & XSAVEOPT };
		if (e->function != 0xd || e->index < 2 ||
		    (e->index < 32 && xcr0 >> e->index & 1))
			t->entry[n++] = *e;
	}
	t->n = n;
}
