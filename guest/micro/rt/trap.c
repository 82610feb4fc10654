/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traps: exceptions end the rt_call() that they happen in, interrupts go to the
 * program's handler, everything else is a panic.
 */
#include "guest/micro/rt/internal.h"

#define VECTOR_BP       3
#define VECTOR_SPURIOUS 0xff
#define GATE_INTERRUPT  0x8e00u /* present, DPL 0, 64-bit interrupt gate */
#define GATE_DPL3       0x6000u
#define CODE_SELECTOR   0x08u

struct gate {
	uint64_t low, high;
};

static struct gate idt[256];
static rt_irq_fn irq[256];

void rt_idt_init(void)
{
	for (unsigned v = 0; v < 256; v++) {
		uint64_t a = (uint64_t)rt_trap_entries + v * 16;
		uint64_t type = GATE_INTERRUPT | (v == VECTOR_BP ? GATE_DPL3 : 0);

		idt[v].low =
		    (a & 0xffff) | CODE_SELECTOR << 16 | type << 32 | (a >> 16 & 0xffff) << 48;
		idt[v].high = a >> 32;
	}
}

void rt_idt_load(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) p = { sizeof(idt) - 1, (uint64_t)idt };

	asm volatile("lidt %0" : : "m"(p));
}

void rt_on_irq(unsigned vector, rt_irq_fn fn)
{
	irq[vector & 0xff] = fn;
}

static void interrupt(struct rt_frame *f)
{
	if (f->vector == VECTOR_SPURIOUS)
		return;
	if (irq[f->vector])
		irq[f->vector](f);
	else if (f->vector != RT_VECTOR_WAKE)
		rt_panic("interrupt without a handler", f->vector, f->rip, f->cs, 0);
	rt_apic_eoi();
}

void rt_trap(struct rt_frame *f)
{
	struct rt_catch *c = rt_cpu()->catch;

	if (f->vector >= 32) {
		interrupt(f);
		return;
	}
	if (c && c->user && (f->cs & 3) && f->vector == VECTOR_BP && f->rax == RT_SYS_RETURN)
		rt_leave(c->rsp, f->rdi);
	if (!c)
		rt_panic("exception", f->vector, f->error, f->rip, rt_cr2());
	c->trap = (struct rt_trap){ true, f->vector, f->error, f->rip, rt_cr2() };
	rt_leave(c->rsp, 0);
}

uint64_t rt_call(enum rt_level level, rt_fn fn, uint64_t arg, struct rt_trap *trap)
{
	struct rt_cpu *cpu = rt_cpu();
	struct rt_catch c = { .prev = cpu->catch, .user = level == RT_CPL3 };
	uint64_t rsp0 = cpu->tss.rsp0, value;
	uint64_t rsp0_at =
	    (uint64_t)cpu + offsetof(struct rt_cpu, tss) + offsetof(struct rt_tss, rsp0);

	cpu->catch = &c;
	if (level == RT_CPL3)
		value = rt_enter_user(&c.rsp, fn, arg, cpu->user_stack, rsp0_at);
	else
		value = rt_enter_kernel(&c.rsp, fn, arg);
	cpu->tss.rsp0 = rsp0;
	cpu->catch = c.prev;
	if (c.trap.taken && !trap)
		rt_panic("exception", c.trap.vector, c.trap.error, c.trap.rip, c.trap.cr2);
	if (trap)
		*trap = c.trap;
	return value;
}
