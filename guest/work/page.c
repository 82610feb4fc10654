/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page heads, and loads and stores that may fault. A fault at one of two known
 * instructions continues at a third that returns false: the kernel's exception table idea,
 * in user space. Cheaper than sigsetjmp() around each of millions of accesses.
 */
#include "guest/work/page.h"

#include <signal.h>
#include <stddef.h>
#include <ucontext.h>

extern const char page_load_instruction[], page_store_instruction[], page_access_failed[];

/* bool page_load(from = rdi, value = rsi); bool page_store(to = rdi, value = rsi) */
__asm__(".pushsection .text\n"
	".globl page_load, page_store\n"
	".type page_load, @function\n"
	".type page_store, @function\n"
	"page_load:\n"
	"page_load_instruction:\n"
	"	mov (%rdi), %rax\n"
	"	mov %rax, (%rsi)\n"
	"	mov $1, %eax\n"
	"	ret\n"
	".size page_load, . - page_load\n"
	"page_store:\n"
	"page_store_instruction:\n"
	"	mov %rsi, (%rdi)\n"
	"	mov $1, %eax\n"
	"	ret\n"
	"page_access_failed:\n"
	"	xor %eax, %eax\n"
	"	ret\n"
	".size page_store, . - page_store\n"
	".popsection\n");

static void on_fault(int signal, siginfo_t *info, void *context)
{
	greg_t *rip = &((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
	struct sigaction fatal = { .sa_handler = SIG_DFL };

	if (*rip == (greg_t)page_load_instruction || *rip == (greg_t)page_store_instruction)
		*rip = (greg_t)page_access_failed;
	else
		sigaction(signal, &fatal, NULL); /* the instruction faults again, for good */
}

void page_catch_faults(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}

uint64_t page_checksum(uint64_t mm, uint64_t va, uint64_t generation)
{
	return mix(mix(mix(PAGE_MAGIC, mm), va), generation);
}

void page_fill(struct page_head *p, uint64_t mm, uint64_t va, uint64_t generation)
{
	p->magic = PAGE_MAGIC;
	p->mm = mm;
	p->va = va;
	p->checksum = page_checksum(mm, va, generation);
	/* Pairs with check_head(), which reads the generation before the rest. */
	__atomic_store_n(&p->generation, generation, __ATOMIC_RELEASE);
}
