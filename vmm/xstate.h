/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPUID leaf 0xd: the extended-state area must agree with itself. */
#ifndef VMM_XSTATE_H
#define VMM_XSTATE_H

struct cpuid_table;

/*
 * Some hosts (KVM nested inside an emulator, for one) report components whose
 * feature bits are missing, or compaction without sizes to match; Linux then warns
 * at boot and may size its FPU buffers wrongly. Keeps components x87, SSE and AVX
 * (and AVX-512, PKRU where their CPUID features and sizes are there), drops
 * supervisor states, XSAVEC and XSAVES, and recomputes the sizes (SDM vol. 1, 13.2).
 */
void xstate_make_consistent(struct cpuid_table *t);

/* Hides XSAVE, leaf 0xd and every feature whose state needs XSAVE (AVX and later, PKU). */
void xstate_hide(struct cpuid_table *t);

#endif
