/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the runtime's own files share and programs do not see.
 */
#ifndef GUEST_MICRO_RT_INTERNAL_H
#define GUEST_MICRO_RT_INTERNAL_H

#include "guest/micro/rt/rt.h"

/* entry.S calls these. zero_page: struct boot_params (Documentation/arch/x86/zero-page.rst). */
void rt_boot(const uint8_t *zero_page);
void rt_ap_boot(struct rt_cpu *c);

/* trap.S calls this. */
void rt_trap(struct rt_frame *f);

/* trap.S */
extern const uint8_t rt_trap_entries[];
uint64_t rt_enter_user(uint64_t *rsp, rt_fn fn, uint64_t arg, uint64_t stack, uint64_t rsp0);
uint64_t rt_enter_kernel(uint64_t *rsp, rt_fn fn, uint64_t arg);
void rt_leave(uint64_t rsp, uint64_t value) __attribute__((noreturn));
#define RT_SYS_RETURN 0x52455455524eull /* RAX of the #BP that ends a CPL3 call */

void rt_memory_init(const uint8_t *zero_page);
void rt_boot_space_init(void);
/* Tables of this CPU: GDT, TSS, IDT, GS base, CR4. */
void rt_cpu_load(struct rt_cpu *c);
void rt_idt_init(void);
void rt_idt_load(void);
struct rt_cpu *rt_cpu_new(unsigned id);
/* Starts CPUs 1 .. n-1, one after the other. */
void rt_start_cpus(unsigned n);

/* apic.c: the local APIC of this CPU, in x2APIC mode where there is one. */
void rt_apic_init(void);
unsigned rt_apic_id(void);
void rt_apic_eoi(void);
/* low: delivery mode, level, vector as in ICR bits 31:0 (SDM vol. 3, 11.6.1). */
void rt_apic_icr(unsigned to, uint32_t low);

#endif
