/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The micro guest runtime: what a test program may call.
 *
 * A program is one file with a micro_main(), linked with the runtime into a small
 * ELF64 that is entered in long mode. micro_main() runs at CPL0 on CPU 0; the
 * other CPUs are up and idle. All RAM is mapped 1:1, writable and open to CPL3:
 * the guest is the instrument, there is nothing to protect in it, and a program can
 * run the same function at CPL0 and CPL3.
 *
 * Not here, on purpose: SSE, int n, syscall, CPL0 instructions beyond the baseline
 * (int3, popcnt, stac ...). Some hosts cannot run them. The way from CPL3 to CPL0
 * is #BP.
 */
#ifndef GUEST_MICRO_RT_RT_H
#define GUEST_MICRO_RT_RT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest/micro/rt/abi.h"
#include "guest/micro/rt/asm.h"

#define RT_MAX_CPUS 256
#define RT_PAGE	    4096ull

/* The program. When it returns the host is told MICRO_DONE. */
void micro_main(void);

/* --- memory (memory.c) -------------------------------------------------------- */

/* n zeroed pages in a row, never given back. Their address is virtual and physical. */
void *rt_pages(unsigned n);

/* --- address spaces (space.c) --------------------------------------------------- */

#define PTE_P  0x001ull
#define PTE_W  0x002ull
#define PTE_U  0x004ull
#define PTE_A  0x020ull
#define PTE_D  0x040ull
#define PTE_PS 0x080ull
#define PTE_G  0x100ull
#define PTE_NX (1ull << 63)
/* A mapping that the CPU has no reason to write back to. */
#define PTE_DEFAULT (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)

/* A page-table tree; its first PML4 slot is the runtime's 1:1 map. */
struct rt_space {
	uint64_t *pml4;
};

/* Programs map at slots 1..255: the lowest such address. */
#define RT_USER_BASE 0x8000000000ull

extern struct rt_space rt_boot_space;

void rt_space_init(struct rt_space *s);
/* Loads CR3 on this CPU. */
void rt_space_use(const struct rt_space *s);
/*
 * The entry of va at level (1 = PTE, 2 = PDE, 3 = PDPTE, 4 = PML4E); missing tables
 * above it are made. The pointer is also the entry's physical address.
 */
uint64_t *rt_entry(const struct rt_space *s, uint64_t va, unsigned level);

/* --- traps (trap.c) --------------------------------------------------------------- */

/* What trap.S pushes. */
struct rt_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/* A trap that ended rt_call(). */
struct rt_trap {
	bool taken;
	uint64_t vector, error, rip, cr2;
};

enum rt_level { RT_CPL0 = 0, RT_CPL3 = 3 };

typedef uint64_t (*rt_fn)(uint64_t arg);

/*
 * Runs fn(arg) at the given privilege level on this CPU and returns its value. If it
 * traps instead, *trap says how and 0 is returned; trap NULL: a trap is a panic.
 */
uint64_t rt_call(enum rt_level level, rt_fn fn, uint64_t arg, struct rt_trap *trap);

/* Interrupt handlers run at CPL0 with interrupts off; the runtime does the EOI. */
typedef void (*rt_irq_fn)(struct rt_frame *f);
#define RT_VECTOR_WAKE	0xf0 /* used by rt_start() and rt_wait() */
#define RT_VECTOR_FIRST 0x40 /* 0x40..0xef are the program's */
void rt_on_irq(unsigned vector, rt_irq_fn fn);

/* --- CPUs (cpu.c, apic.c) ------------------------------------------------------------ */

struct rt_catch {
	struct rt_catch *prev;
	uint64_t rsp;
	bool user;
	struct rt_trap trap;
};

/* SDM vol. 3, 8.7 "Task management in 64-bit mode". */
struct rt_tss {
	uint32_t reserved0;
	uint64_t rsp0, rsp1, rsp2;
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t iomap_base;
#define RT_IOMAP_PORTS 0x800
	uint8_t iomap[RT_IOMAP_PORTS / 8 + 1];
} __attribute__((packed));

struct rt_cpu {
	struct rt_cpu *self; /* GS:0 */
	unsigned id;	     /* index = APIC id */
	_Atomic bool online;
	struct rt_catch *catch;
	uint64_t user_stack; /* top */
	_Atomic(rt_fn) work;
	uint64_t work_arg;
	_Atomic uint64_t done; /* calls of rt_start() finished */
	uint64_t started;
	struct micro_report report;
	uint64_t gdt[8];
	struct rt_tss tss;
};

/* This CPU; at CPL0 and CPL3. */
static inline struct rt_cpu *rt_cpu(void)
{
	struct rt_cpu *c;

	asm volatile("mov %%gs:0, %0" : "=r"(c));
	return c;
}

/* Number of CPUs that are up. */
unsigned rt_cpus(void);
struct rt_cpu *rt_cpu_nr(unsigned id);

/* Run fn(arg) at CPL0 on another, idle CPU; wait until it has finished. From CPU 0. */
void rt_start(unsigned cpu, rt_fn fn, uint64_t arg);
void rt_wait(unsigned cpu);

/* Fixed interrupt to one CPU. */
void rt_ipi(unsigned cpu, unsigned vector);

/* Let CPL3 use [port, port + n) on every CPU that is up; ports below RT_IOMAP_PORTS. */
void rt_open_ports(unsigned port, unsigned n);

/* --- reports (report.c) ----------------------------------------------------------------- */

void rt_report(enum micro_kind kind, const char *file, unsigned line, const char *text, uint64_t a,
	       uint64_t b);
/* Hand a structure to the host: it may look at it any time from now on. */
void rt_data(const void *p, size_t len);
/* Ends this CPU. */
void rt_panic(const char *text, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
	__attribute__((noreturn));

/* A check with its expression and both values; reports a failure only, gives the result. */
#define RT_EQ(a, b)                                                                     \
	({                                                                              \
		uint64_t rt_a_ = (uint64_t)(a), rt_b_ = (uint64_t)(b);                  \
		if (rt_a_ != rt_b_)                                                     \
			rt_report(MICRO_FAIL, __FILE__, __LINE__, #a " == " #b, rt_a_, rt_b_); \
		rt_a_ == rt_b_;                                                         \
	})

#endif
