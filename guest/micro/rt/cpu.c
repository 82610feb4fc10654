/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPUs: descriptor tables, start-up, the idle loop that takes work.
 */
#include "guest/micro/rt/ap.h"
#include "guest/micro/rt/internal.h"

#define STACK_PAGES 2
#define TSS_SLOT    5
#define SEL_KDATA   0x10
#define SEL_TSS     (TSS_SLOT * 8)

#define ICR_INIT    0x4500u
#define ICR_STARTUP 0x4600u

static struct rt_cpu boot_cpu;
static struct rt_cpu *cpus[RT_MAX_CPUS];
static unsigned online;

static void fill_gdt(struct rt_cpu *c)
{
	uint64_t base = (uint64_t)&c->tss, limit = sizeof(c->tss) - 1;

	c->gdt[1] = 0x00af9b000000ffff; /* CPL0 64-bit code */
	c->gdt[2] = 0x00cf93000000ffff; /* CPL0 data */
	c->gdt[3] = 0x00cff3000000ffff; /* CPL3 data */
	c->gdt[4] = 0x00affb000000ffff; /* CPL3 64-bit code */
	c->gdt[TSS_SLOT] =
	    limit | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
	c->gdt[TSS_SLOT + 1] = base >> 32;
}

static void fill_tss(struct rt_cpu *c)
{
	c->tss.iomap_base = offsetof(struct rt_tss, iomap);
	for (unsigned i = 0; i < sizeof(c->tss.iomap); i++)
		c->tss.iomap[i] = 0xff;
	for (unsigned p = MICRO_PORT; p < MICRO_PORT + MICRO_PORT_LEN; p++)
		c->tss.iomap[p / 8] &= (uint8_t) ~(1u << p % 8);
}

static void fill_cpu(struct rt_cpu *c, unsigned id)
{
	c->self = c;
	c->id = id;
	c->user_stack = (uint64_t)rt_pages(STACK_PAGES) + STACK_PAGES * RT_PAGE;
	fill_gdt(c);
	fill_tss(c);
	cpus[id] = c;
}

struct rt_cpu *rt_cpu_new(unsigned id)
{
	struct rt_cpu *c = rt_pages((sizeof(*c) + RT_PAGE - 1) / RT_PAGE);

	fill_cpu(c, id);
	return c;
}

static void load_segments(struct rt_cpu *c)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) p = { sizeof(c->gdt) - 1, (uint64_t)c->gdt };

	asm volatile("lgdt %0" : : "m"(p));
	asm volatile("pushq $8\n\tlea 1f(%%rip), %%rax\n\tpush %%rax\n\tlretq\n1:\n\t"
		     "mov %0, %%ds\n\tmov %0, %%es\n\tmov %0, %%ss\n\tmov %1, %%fs\n\tmov %1, %%gs"
		     :
		     : "r"(SEL_KDATA), "r"(0)
		     : "rax", "memory");
	asm volatile("ltr %w0" : : "r"(SEL_TSS));
}

void rt_cpu_load(struct rt_cpu *c)
{
	rt_set_cr4(CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT);
	rt_wrmsr(MSR_EFER, rt_rdmsr(MSR_EFER) | EFER_NXE);
	load_segments(c);
	rt_wrmsr(MSR_GS_BASE, (uint64_t)c);
	rt_idt_load();
	rt_apic_init();
}

/* Takes work until the end of the machine. Sleeps in between: a wake-up is an IPI. */
static void idle(struct rt_cpu *c)
{
	for (;;) {
		rt_fn fn;

		rt_cli();
		fn = atomic_exchange(&c->work, NULL);
		if (!fn) {
			rt_sti_hlt();
			continue;
		}
		rt_sti();
		fn(c->work_arg);
		atomic_fetch_add(&c->done, 1); /* read by rt_wait() */
		rt_ipi(0, RT_VECTOR_WAKE);
	}
}

void rt_ap_boot(struct rt_cpu *c)
{
	rt_cpu_load(c);
	atomic_store(&c->online, true); /* read by start_cpu() */
	idle(c);
}

static void start_cpu(unsigned id)
{
	struct rt_cpu *c = rt_cpu_new(id);
	volatile struct rt_ap_params *p = (void *)(RT_AP_BASE + rt_ap_params_offset);

	p->cr3 = rt_cr3();
	p->stack = (uint64_t)rt_pages(STACK_PAGES) + STACK_PAGES * RT_PAGE;
	p->cpu = (uint64_t)c;
	rt_apic_icr(id, ICR_INIT);
	rt_apic_icr(id, ICR_STARTUP | RT_AP_BASE >> 12);
	while (!atomic_load(&c->online))
		rt_pause();
}

void rt_start_cpus(unsigned n)
{
	volatile uint8_t *to = (uint8_t *)RT_AP_BASE;

	if (n > RT_MAX_CPUS)
		rt_panic("too many CPUs", n, 0, 0, 0);
	for (uint64_t i = 0; i < rt_ap_size; i++)
		to[i] = rt_ap_begin[i];
	for (online = 1; online < n; online++)
		start_cpu(online);
}

unsigned rt_cpus(void)
{
	return online;
}

struct rt_cpu *rt_cpu_nr(unsigned id)
{
	return cpus[id];
}

void rt_start(unsigned cpu, rt_fn fn, uint64_t arg)
{
	struct rt_cpu *c = cpus[cpu];

	rt_wait(cpu);
	c->work_arg = arg;
	c->started++;
	atomic_store(&c->work, fn); /* taken by idle() */
	rt_ipi(cpu, RT_VECTOR_WAKE);
}

void rt_wait(unsigned cpu)
{
	struct rt_cpu *c = cpus[cpu];

	for (;;) {
		rt_cli();
		if (atomic_load(&c->done) == c->started)
			break;
		rt_sti_hlt();
	}
	rt_sti();
}

void rt_open_ports(unsigned port, unsigned n)
{
	for (unsigned i = 0; i < online; i++)
		for (unsigned p = port; p < port + n && p < RT_IOMAP_PORTS; p++)
			cpus[i]->tss.iomap[p / 8] &= (uint8_t) ~(1u << p % 8);
}

void rt_boot(const uint8_t *zero_page)
{
	/* From here on panics have a CPU to report from. */
	boot_cpu.self = &boot_cpu;
	rt_wrmsr(MSR_GS_BASE, (uint64_t)&boot_cpu);
	rt_memory_init(zero_page);
	rt_boot_space_init();
	fill_cpu(&boot_cpu, 0);
	rt_idt_init();
	rt_cpu_load(&boot_cpu);
	boot_cpu.online = true;
	rt_start_cpus(rt_inl(MICRO_PORT_CPUS));
	rt_sti();
	micro_main();
	rt_report(MICRO_DONE, NULL, 0, NULL, 0, 0);
}
