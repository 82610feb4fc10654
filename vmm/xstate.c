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

/* What needs more state than FXSAVE holds: leaf 1 ECX, leaf 7 EBX, ECX, EDX and leaf 7.1 EAX. */
#define L1_ECX_XSAVE  (1u << 12 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 29) /* FMA XSAVE OSXSAVE AVX F16C */
#define L7_EBX_XSAVE  (1u << 5 | 1u << 14 | 1u << 16 | 1u << 17 | 1u << 21 | 1u << 26 | 1u << 27 | \
		       1u << 28 | 1u << 30 | 1u << 31) /* AVX2 MPX AVX512* */
#define L7_ECX_XSAVE  (1u << 1 | 1u << 3 | 1u << 4 | 1u << 6 | 1u << 9 | 1u << 10 | 1u << 11 | \
		       1u << 12 | 1u << 14) /* AVX512* PKU OSPKE VAES VPCLMULQDQ */
#define L7_EDX_XSAVE  (1u << 2 | 1u << 3 | 1u << 8 | 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25) /* AVX512* AMX */
#define L71_EAX_XSAVE (1u << 4 | 1u << 5 | 1u << 21 | 1u << 23) /* AVX-VNNI AVX512-BF16 AMX-FP16 AVX-IFMA */
#define L81_ECX_XSAVE (1u << 11 | 1u << 16)			 /* XOP FMA4 */

void xstate_hide(struct cpuid_table *t)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		struct kvm_cpuid_entry2 *e = &t->entry[i];

		if (e->function == 0xd)
			continue;
		if (e->function == 1) {
			e->ecx &= ~L1_ECX_XSAVE;
		} else if (e->function == 7 && e->index == 0) {
			e->ebx &= ~L7_EBX_XSAVE;
			e->ecx &= ~L7_ECX_XSAVE;
			e->edx &= ~L7_EDX_XSAVE;
		} else if (e->function == 7) {
			e->eax &= ~L71_EAX_XSAVE;
			e->edx = 0;
		} else if (e->function == 0x80000001) {
			e->ecx &= ~L81_ECX_XSAVE;
		}
		t->entry[n++] = *e;
	}
	t->n = n;
}
