/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single instructions as functions. Nothing here needs more than the x86-64
 * baseline: some hosts interpret CPL0 code and know few instructions.
 */
#ifndef GUEST_MICRO_RT_ASM_H
#define GUEST_MICRO_RT_ASM_H

#include <stdint.h>

#define MSR_APIC_BASE	  0x1b
#define MSR_EFER	  0xc0000080
#define MSR_GS_BASE	  0xc0000101
#define MSR_X2APIC_ID	  0x802
#define MSR_X2APIC_EOI	  0x80b
#define MSR_X2APIC_SPIV	  0x80f
#define MSR_X2APIC_ICR	  0x830

#define EFER_LME 0x100
#define EFER_NXE 0x800
#define CR4_PAE	       0x20
#define CR4_PGE	       0x80
#define CR4_OSFXSR     0x200
#define CR4_OSXMMEXCPT 0x400

static inline void rt_outl(uint16_t port, uint32_t value)
{
	asm volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint32_t rt_inl(uint16_t port)
{
	uint32_t v;

	asm volatile("inl %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

static inline uint64_t rt_rdmsr(uint32_t index)
{
	uint32_t lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(index) : "memory");
	return (uint64_t)hi << 32 | lo;
}

static inline void rt_wrmsr(uint32_t index, uint64_t value)
{
	asm volatile("wrmsr" : : "c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
		     : "memory");
}

static inline void rt_cpuid(uint32_t leaf, uint32_t r[4])
{
	asm volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(0));
}

static inline uint64_t rt_rdtsc(void)
{
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

static inline uint64_t rt_cr2(void)
{
	uint64_t v;

	asm volatile("mov %%cr2, %0" : "=r"(v));
	return v;
}

static inline uint64_t rt_cr3(void)
{
	uint64_t v;

	asm volatile("mov %%cr3, %0" : "=r"(v));
	return v;
}

static inline void rt_set_cr3(uint64_t v)
{
	asm volatile("mov %0, %%cr3" : : "r"(v) : "memory");
}

static inline uint64_t rt_cr4(void)
{
	uint64_t v;

	asm volatile("mov %%cr4, %0" : "=r"(v));
	return v;
}

static inline void rt_set_cr4(uint64_t v)
{
	asm volatile("mov %0, %%cr4" : : "r"(v) : "memory");
}

static inline void rt_invlpg(uint64_t va)
{
	asm volatile("invlpg (%0)" : : "r"(va) : "memory");
}

static inline void rt_pause(void)
{
	asm volatile("pause" : : : "memory");
}

static inline void rt_cli(void)
{
	asm volatile("cli" : : : "memory");
}

static inline void rt_sti(void)
{
	asm volatile("sti" : : : "memory");
}

/* Sleeps until an interrupt; the STI shadow closes the gap between the two (SDM vol. 2, STI). */
static inline void rt_sti_hlt(void)
{
	asm volatile("sti; hlt" : : : "memory");
}

#endif
