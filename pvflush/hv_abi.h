/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers of the Hyper-V interface that this VMM speaks: control word, call
 * codes, input layouts, MSRs and CPUID bits, from the Hypervisor Top Level
 * Functional Specification (TLFS). Only what is used here is named here.
 */
#ifndef PVFLUSH_HV_ABI_H
#define PVFLUSH_HV_ABI_H

#include <stddef.h>
#include <stdint.h>

/* --- hypercalls ("Hypercall Interface") --------------------------------------- */

#define HV_CALL_FLUSH_SPACE	 0x0002
#define HV_CALL_FLUSH_LIST	 0x0003
#define HV_CALL_LONG_SPIN_WAIT	 0x0008
#define HV_CALL_FLUSH_SPACE_EX	 0x0013
#define HV_CALL_FLUSH_LIST_EX	 0x0014

/*
 * Fields of the hypercall input value. Bit 31 ("is nested") is reserved for a guest
 * that was not told about nesting. Bit 26 belongs to the variable header in the
 * current text; v6.0b of the text gave it to nesting.
 */
#define HV_CONTROL_FAST		(1ull << 16)
#define HV_CONTROL_RESERVED	0xf000f000f8000000ull

/* Parameter registers of a fast call: two general ones, then XMM0-5. */
#define HV_FAST_XMM_QWORDS 12
#define HV_FAST_QWORDS	   (2 + HV_FAST_XMM_QWORDS)

/* Input of the flush calls ("HvCallFlushVirtualAddressSpace" and its kin). */
struct hv_flush_input {
	uint64_t address_space;
	uint64_t flags;
	uint64_t processor_mask;
	/* list: GVA ranges follow */
};

struct hv_flush_ex_input {
	uint64_t address_space;
	uint64_t flags;
	uint64_t set_format;	  /* HV_VP_SET */
	uint64_t valid_bank_mask; /* HV_VP_SET; part of the fixed header */
	/* variable header: one bank per set bit of the mask, ascending; list: then GVA ranges */
};

_Static_assert(sizeof(struct hv_flush_input) == 24, "flush header");
_Static_assert(offsetof(struct hv_flush_input, processor_mask) == 16, "processor mask");
_Static_assert(sizeof(struct hv_flush_ex_input) == 32, "flush Ex header");
_Static_assert(offsetof(struct hv_flush_ex_input, valid_bank_mask) == 24, "bank mask");

#define HV_FLUSH_ALL_PROCESSORS	 (1ull << 0)
#define HV_FLUSH_ALL_SPACES	 (1ull << 1)
#define HV_FLUSH_NON_GLOBAL_ONLY (1ull << 2)

#define HV_SET_SPARSE 0
#define HV_SET_ALL    1

/* --- MSRs ("Synthetic MSRs") ---------------------------------------------------- */

#define HV_MSR_BASE	       0x40000000u
#define HV_MSR_COUNT	       0x200u
#define HV_MSR_GUEST_OS_ID     0x40000000u
#define HV_MSR_HYPERCALL       0x40000001u
#define HV_MSR_VP_INDEX	       0x40000002u
#define HV_MSR_TIME_REF_COUNT  0x40000020u
#define HV_MSR_REFERENCE_TSC   0x40000021u
#define HV_MSR_TSC_FREQUENCY   0x40000022u
#define HV_MSR_APIC_FREQUENCY  0x40000023u
#define HV_MSR_VP_ASSIST_PAGE  0x40000073u
#define HV_MSR_TSC_INVARIANT   0x40000118u

/* HYPERCALL, REFERENCE_TSC and VP_ASSIST_PAGE: an enable bit and a page number. */
#define HV_PAGE_ENABLE	     (1ull << 0)
#define HV_HYPERCALL_LOCKED  (1ull << 1)
#define HV_PAGE_ADDRESS(msr) ((msr) & ~0xfffull)
#define HV_INVARIANT_ENABLE  (1ull << 0)

/* Reference TSC page ("Partition Reference TSC Mechanism"). */
struct hv_tsc_page {
	uint32_t sequence; /* 0: page not valid, read TIME_REF_COUNT */
	uint32_t reserved;
	uint64_t scale;
	int64_t offset;
};

_Static_assert(sizeof(struct hv_tsc_page) == 24, "TSC page");
_Static_assert(offsetof(struct hv_tsc_page, scale) == 8, "TSC page scale");
_Static_assert(offsetof(struct hv_tsc_page, offset) == 16, "TSC page offset");

/* --- CPUID ("Feature and Interface Discovery") --------------------------------- */

#define HV_CPUID_BASE	      0x40000000u
#define HV_CPUID_INTERFACE    0x40000001u
#define HV_CPUID_VERSION      0x40000002u
#define HV_CPUID_FEATURES     0x40000003u
#define HV_CPUID_HINTS	      0x40000004u
#define HV_CPUID_LIMITS	      0x40000005u

/* 0x40000003.EAX: privileges */
#define HV_PRIV_TIME_REF_COUNT (1u << 1)
#define HV_PRIV_HYPERCALL      (1u << 5)
#define HV_PRIV_VP_INDEX       (1u << 6)
#define HV_PRIV_REFERENCE_TSC  (1u << 9)
#define HV_PRIV_FREQUENCY      (1u << 11)
#define HV_PRIV_TSC_INVARIANT  (1u << 15)

/* 0x40000003.EDX: miscellaneous features */
#define HV_MISC_XMM_INPUT (1u << 4)
#define HV_MISC_FREQUENCY (1u << 8)

/* 0x40000004.EAX: recommendations */
#define HV_HINT_REMOTE_FLUSH	 (1u << 2)
#define HV_HINT_RELAXED_TIMING	 (1u << 5)
#define HV_HINT_NO_AUTO_EOI	 (1u << 9)
#define HV_HINT_EX_MASKS	 (1u << 11)

#endif
