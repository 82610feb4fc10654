/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The local APIC: enough to send interrupts and to end them (SDM vol. 3, chapter 11).
 * x2APIC mode where the CPU has it, since it reaches every APIC id.
 */
#include "guest/micro/rt/internal.h"

#define XAPIC_BASE   0xfee00000ull
#define XAPIC_ID     0x020
#define XAPIC_EOI    0x0b0
#define XAPIC_SPIV   0x0f0
#define XAPIC_ICR_LO 0x300
#define XAPIC_ICR_HI 0x310
#define ICR_PENDING  (1u << 12)

#define APIC_BASE_X2APIC  (1u << 10)
#define SPIV_ENABLE_FF    0x1ff /* software enable, spurious vector 0xff */
#define CPUID1_ECX_X2APIC (1u << 21)

static bool x2apic;

static volatile uint32_t *xapic(unsigned reg)
{
	return (volatile uint32_t *)(XAPIC_BASE + reg);
}

void rt_apic_init(void)
{
	uint32_t r[4];

	rt_cpuid(1, r);
	x2apic = r[2] & CPUID1_ECX_X2APIC;
	if (x2apic) {
		rt_wrmsr(MSR_APIC_BASE, rt_rdmsr(MSR_APIC_BASE) | APIC_BASE_X2APIC);
		rt_wrmsr(MSR_X2APIC_SPIV, SPIV_ENABLE_FF);
	} else {
		*xapic(XAPIC_SPIV) = SPIV_ENABLE_FF;
	}
}

unsigned rt_apic_id(void)
{
	return x2apic ? (unsigned)rt_rdmsr(MSR_X2APIC_ID) : *xapic(XAPIC_ID) >> 24;
}

void rt_apic_eoi(void)
{
	if (x2apic)
		rt_wrmsr(MSR_X2APIC_EOI, 0);
	else
		*xapic(XAPIC_EOI) = 0;
}

void rt_apic_icr(unsigned to, uint32_t low)
{
	/* A WRMSR to the x2APIC is not ordered after earlier stores (SDM vol. 3, 11.12.3). */
	atomic_thread_fence(memory_order_seq_cst);
	if (x2apic) {
		asm volatile("lfence" : : : "memory");
		rt_wrmsr(MSR_X2APIC_ICR, (uint64_t)to << 32 | low);
		return;
	}
	while (*xapic(XAPIC_ICR_LO) & ICR_PENDING)
		rt_pause();
	*xapic(XAPIC_ICR_HI) = to << 24;
	*xapic(XAPIC_ICR_LO) = low;
}

void rt_ipi(unsigned cpu, unsigned vector)
{
	rt_apic_icr(cpu, vector);
}
