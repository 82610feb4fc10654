/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runtime tested by itself: calls at both privilege levels, traps, interrupts,
 * address spaces, work on other CPUs, reports. Ends with one check that must fail, so
 * that the host knows that failures arrive.
 */
#include "guest/micro/rt/rt.h"

#define VECTOR     0x41
#define HOLE       (RT_USER_BASE + 0x200000)
#define WRITE_USER 0x6 /* #PF error code: write, user; not present */

static uint64_t cpl(uint64_t arg)
{
	uint16_t cs;

	asm volatile("mov %%cs, %0" : "=r"(cs));
	return arg + (cs & 3);
}

static uint64_t store(uint64_t at)
{
	*(volatile uint64_t *)at = 1;
	return 1;
}

static uint64_t read_cr3(uint64_t arg)
{
	return rt_cr3();
}

static uint64_t closed_port(uint64_t arg)
{
	rt_outl(0x80, 0);
	return 1;
}

static void calls(void)
{
	struct rt_trap t;

	RT_EQ(rt_call(RT_CPL0, cpl, 100, &t), 100);
	RT_EQ(t.taken, 0);
	RT_EQ(rt_call(RT_CPL3, cpl, 100, &t), 103);
	RT_EQ(t.taken, 0);
}

static void traps(void)
{
	struct rt_trap t;

	RT_EQ(rt_call(RT_CPL3, store, HOLE, &t), 0);
	RT_EQ(t.taken, 1);
	RT_EQ(t.vector, 14);
	RT_EQ(t.error, WRITE_USER);
	RT_EQ(t.cr2, HOLE);
	rt_call(RT_CPL0, store, HOLE, &t);
	RT_EQ(t.vector, 14);
	RT_EQ(t.error, WRITE_USER & ~4u);
	rt_call(RT_CPL3, read_cr3, 0, &t);
	RT_EQ(t.vector, 13);
	rt_call(RT_CPL3, closed_port, 0, &t);
	if (t.taken)
		RT_EQ(t.vector, 13);
	else /* QEMU's TCG under SVM */
		rt_report(MICRO_SKIP, __FILE__, __LINE__, "the I/O bitmap is not looked at", 0, 0);
	RT_EQ(rt_call(RT_CPL3, cpl, 0, &t), 3); /* still in order after four traps */
}

static uint64_t nested(uint64_t arg)
{
	struct rt_trap t;

	rt_call(RT_CPL3, store, HOLE, &t);
	return t.vector + rt_call(RT_CPL3, cpl, arg, NULL);
}

static void nesting(void)
{
	RT_EQ(rt_call(RT_CPL0, nested, 1000, NULL), 1000 + 14 + 3);
}

static _Atomic unsigned taken_on[RT_MAX_CPUS];

static void on_irq(struct rt_frame *f)
{
	atomic_fetch_add(&taken_on[rt_cpu()->id], 1);
}

static void wait_for(_Atomic unsigned *count, unsigned n)
{
	for (unsigned i = 0; i < 20000000 && atomic_load(count) < n; i++)
		rt_pause();
}

static uint64_t spin(uint64_t arg)
{
	wait_for(&taken_on[rt_cpu()->id], 3);
	return 0;
}

static uint64_t spin_at_cpl3(uint64_t arg)
{
	return rt_call(RT_CPL3, spin, 0, NULL);
}

/* To this CPU, to an idle one, and to one that runs at CPL3. */
static void interrupts(void)
{
	rt_on_irq(VECTOR, on_irq);
	rt_ipi(0, VECTOR);
	wait_for(&taken_on[0], 1);
	RT_EQ(taken_on[0], 1);
	rt_ipi(1, VECTOR);
	wait_for(&taken_on[1], 1);
	RT_EQ(taken_on[1], 1);
	rt_start(1, spin_at_cpl3, 0);
	for (unsigned n = 2; n <= 3; n++) {
		rt_ipi(1, VECTOR);
		wait_for(&taken_on[1], n);
	}
	rt_wait(1);
	RT_EQ(taken_on[1], 3);
}

static uint64_t load(uint64_t at)
{
	return *(volatile uint64_t *)at;
}

static void spaces(void)
{
	struct rt_space a, b;
	uint64_t *page[2] = { rt_pages(1), rt_pages(1) };

	rt_space_init(&a);
	rt_space_init(&b);
	page[0][5] = 11;
	page[1][5] = 22;
	*rt_entry(&a, RT_USER_BASE, 1) = (uint64_t)page[0] | PTE_DEFAULT;
	*rt_entry(&b, RT_USER_BASE, 1) = (uint64_t)page[1] | PTE_DEFAULT;
	rt_space_use(&a);
	RT_EQ(rt_call(RT_CPL3, load, RT_USER_BASE + 40, NULL), 11);
	rt_space_use(&b);
	RT_EQ(rt_call(RT_CPL3, load, RT_USER_BASE + 40, NULL), 22);
	rt_space_use(&rt_boot_space);
}

static uint64_t square(uint64_t x)
{
	rt_cpu()->report.value[3] = x * x;
	return 0;
}

static void work(void)
{
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 1; i < rt_cpus(); i++)
			rt_start(i, square, i + round);
	for (unsigned i = 1; i < rt_cpus(); i++) {
		rt_wait(i);
		RT_EQ(rt_cpu_nr(i)->report.value[3], (i + 2) * (i + 2));
	}
}

void micro_main(void)
{
	calls();
	traps();
	nesting();
	interrupts();
	spaces();
	work();
	rt_report(MICRO_PASS, __FILE__, __LINE__, "all parts ran", rt_cpus(), 0);
	RT_EQ(1 + 1, 3); /* the check that must fail */
}
