/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Hyper-V personality seen by a real vCPU: a few instructions of 64-bit kernel
 * code on /dev/kvm enable the hypercall page, call it, and leave what they saw in
 * memory. Skipped where there is no /dev/kvm. It shows the register conventions and
 * #UD as the host's KVM delivers them; that flushes have an effect is another test's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pvflush/hv_abi.h"
#include "pvflush/hyperv.h"
#include "pvflush/lever.h"
#include "vmm/machine.h"
#include "vmm/regs.h"

#define CODE_AT	 0x100000u
#define SEEN_AT	 0x200000u
#define BLOCK_AT 0x201000u
#define IDT_AT	 0x202000u
#define PAGE_AT	 0x203000u
#define TSC_AT	 0x204000u
#define RAM	 (4u << 20)

/* What the guest leaves at SEEN_AT; `guest_code` below has the offsets. */
struct seen {
	uint64_t early_rip;	 /* 0: #UD of a call before the page was enabled */
	uint64_t faults;	 /* 8: #UDs altogether */
	uint64_t space;		 /* 16: results */
	uint64_t list;		 /* 24 */
	uint64_t fast;		 /* 32 */
	uint64_t bad;		 /* 40 */
	uint64_t rbx, rdx, r8;	 /* 48, 56, 64: after a call */
	uint64_t tsc1, ref, tsc2; /* 72, 80, 88 */
	uint64_t vp_index;	 /* 96 */
	uint64_t hypercall_msr;	 /* 104 */
};

_Static_assert(sizeof(struct seen) == 112, "offsets in guest_code");

/* R15 = struct seen, R14 = input block, R13 = hypercall page. Position independent. */
__asm__(".pushsection .rodata\n"
	".macro wmsr index, low, high\n"
	"	mov $\\index, %ecx\n mov $\\low, %eax\n mov $\\high, %edx\n wrmsr\n"
	".endm\n"
	".macro rmsr index, to\n"
	"	mov $\\index, %ecx\n rdmsr\n shl $32, %rdx\n or %rdx, %rax\n mov %rax, \\to\n"
	".endm\n"
	".macro tsc to\n"
	"	rdtsc\n shl $32, %rdx\n or %rdx, %rax\n mov %rax, \\to\n"
	".endm\n"
	".global guest_code, guest_ud, guest_end, guest_early\n"
	"guest_code:\n"
	"	mov $0x200000, %r15d\n mov $0x201000, %r14d\n mov $0x203000, %r13d\n"
	"	mov $0x300000, %esp\n"
	"	mov $2, %ecx\n mov %r14, %rdx\n"
	"guest_early:\n"
	"	out %al, $0xea\n"			 /* no page enabled: #UD */
	"	wmsr 0x40000000, 0, 0x81000000\n"
	"	wmsr 0x40000001, 0x203001, 0\n"
	"	rmsr 0x40000001, 104(%r15)\n"
	"	rmsr 0x40000002, 96(%r15)\n"
	"	wmsr 0x40000073, 0x205001, 0\n"
	"	mov $2, %ecx\n mov %r14, %rdx\n mov $0x1111, %r8d\n mov $0x2222, %ebx\n"
	"	call *%r13\n"
	"	mov %rax, 16(%r15)\n mov %rbx, 48(%r15)\n mov %rdx, 56(%r15)\n mov %r8, 64(%r15)\n"
	"	mov $0x300000003, %rcx\n mov %r14, %rdx\n" /* a list of three */
	"	call *%r13\n"
	"	mov %rax, 24(%r15)\n"
	"	mov $0x10002, %ecx\n xor %edx, %edx\n mov $2, %r8d\n" /* mask in XMM0 */
	"	call *%r13\n"
	"	mov %rax, 32(%r15)\n"
	"	mov $2, %ecx\n mov $0x201004, %edx\n"	 /* misaligned */
	"	call *%r13\n"
	"	mov %rax, 40(%r15)\n"
	"	wmsr 0x40000021, 0x204001, 0\n"
	"	tsc 72(%r15)\n"
	"	rmsr 0x40000020, 80(%r15)\n"
	"	tsc 88(%r15)\n"
	"	out %al, $0xf4\n"
	"1:	hlt\n jmp 1b\n"
	"guest_ud:\n"					 /* note RIP, skip the OUT */
	"	mov (%rsp), %rax\n mov %rax, (%r15)\n incq 8(%r15)\n"
	"	addq $2, (%rsp)\n iretq\n"
	"guest_end:\n"
	".popsection\n");

extern const uint8_t guest_code[], guest_early[], guest_ud[], guest_end[];

/* The labels are one piece of code, which only the assembler knows. */
static uint64_t offset_in_code(const uint8_t *label)
{
	return (uintptr_t)label - (uintptr_t)guest_code;
}

struct fixture {
	struct machine *m;
	struct hyperv *h;
	struct lever *lever;
	struct tlb *tlb;
};

static void on_done(void *opaque, struct vcpu *v, uint64_t offset, unsigned size, uint64_t value)
{
	machine_stop(v->machine, STOP_DEBUG_EXIT, 0, NULL);
}

static const struct bus_ops done_ops = { .name = "done", .write = on_done };

/* A 64-bit interrupt gate for #UD (SDM vol. 3, 6.14.1). */
static void put_idt(const struct memory *mem)
{
	uint64_t at = CODE_AT + offset_in_code(guest_ud);
	uint64_t gate[2] = { (at & 0xffff) | (uint64_t)REGS_BOOT_CS << 16 | 0x8eull << 40 |
			     (at >> 16 & 0xffff) << 48, at >> 32 };

	assert_int_equal(mem_write(mem, gpa(IDT_AT + VECTOR_UD * 16), gate, sizeof(gate)), 0);
}

static void put_program(const struct memory *mem)
{
	uint64_t block[] = { 0, HV_FLUSH_ALL_SPACES, 1, 0x1000, 0x2000, 0x3000 };
	size_t size = offset_in_code(guest_end);

	assert_int_equal(mem_write(mem, gpa(CODE_AT), guest_code, size), 0);
	assert_int_equal(mem_write(mem, gpa(BLOCK_AT), block, sizeof(block)), 0);
	put_idt(mem);
}

static void set_vcpu(struct vcpu *v)
{
	struct boot_entry entry = { .mode = BOOT_LONG64, .rip = gpa(CODE_AT) };
	uint64_t mask = 1;
	struct kvm_sregs s;
	struct kvm_regs r;
	struct kvm_fpu fpu;

	assert_int_equal(kvm_get_sregs(v->fd, &s), 0);
	assert_int_equal(regs_boot(&s, &r, v->machine->mem, &entry), 0);
	s.idt.base = IDT_AT;
	s.idt.limit = 0xfff;
	assert_int_equal(vcpu_set_sregs(v, &s), 0);
	assert_int_equal(kvm_set_regs(v->fd, &r), 0);
	assert_int_equal(kvm_get_fpu(v->fd, &fpu), 0);
	memcpy(fpu.xmm[0], &mask, sizeof(mask));
	assert_int_equal(kvm_set_fpu(v->fd, &fpu), 0);
}

static void create(struct fixture *f)
{
	static const struct machine_config c = { .memory = RAM, .vcpus = 1 };
	static const struct hyperv_options o = { true, true, true };
	struct diag d = { 0 };

	if (access("/dev/kvm", R_OK | W_OK)) {
		print_message("needs /dev/kvm\n");
		skip();
	}
	assert_int_equal(machine_create(&f->m, &c, &d), 0);
	assert_int_equal(hyperv_create(&f->h, f->m, &o, &d), 0);
	assert_int_equal(bus_add(&f->m->pio, LAYOUT_PORT_DEBUG_EXIT, 1, &done_ops, NULL), 0);
	assert_int_equal(lever_create(&f->lever, f->m, LEVER_SREGS), 0);
	assert_int_equal(lever_vcpu_init(f->lever, f->m->vcpu[0]), 0);
	assert_int_equal(tlb_create(&f->tlb, f->m, f->lever, MUTANT_NONE), 0);
	hyperv_attach(f->h, f->tlb);
	put_program(f->m->mem);
	set_vcpu(f->m->vcpu[0]);
}

static void destroy(struct fixture *f)
{
	machine_quiesce(f->m);
	tlb_destroy(f->tlb);
	hyperv_destroy(f->h);
	lever_destroy(f->lever);
	machine_destroy(f->m);
}

/* ticks of the TSC page in guest memory, by the guest's formula */
static uint64_t page_time(const struct memory *mem, uint64_t tsc)
{
	struct hv_tsc_page p;

	assert_int_equal(mem_read(mem, gpa(TSC_AT), &p, sizeof(p)), 0);
	assert_int_not_equal(p.sequence, 0);
	return (uint64_t)((unsigned __int128)tsc * p.scale >> 64) + (uint64_t)p.offset;
}

static void check_seen(const struct seen *s)
{
	assert_int_equal(s->faults, 1);
	assert_int_equal(s->early_rip, CODE_AT + offset_in_code(guest_early));
	assert_int_equal(s->hypercall_msr, 0x203001);
	assert_int_equal(s->vp_index, 0);
	assert_int_equal(s->space, 0);
	assert_int_equal(s->list, 3ull << 32);
	assert_int_equal(s->fast, 0);
	assert_int_equal(s->bad, HV_STATUS_INVALID_ALIGNMENT);
	assert_int_equal(s->rbx, 0x2222);
	assert_int_equal(s->rdx, BLOCK_AT);
	assert_int_equal(s->r8, 0x1111);
}

static void check_counters(const struct flush_vcpu_stats *v)
{
	assert_int_equal(v->kind[FLUSH_HV_SPACE].requests, 2);
	assert_int_equal(v->kind[FLUSH_HV_SPACE].targets, 2);
	assert_int_equal(v->kind[FLUSH_HV_LIST].requests, 1);
	assert_int_equal(v->kind[FLUSH_HV_LIST].ranges, 3);
	assert_int_equal(v->flushed, 3);
	assert_int_equal(v->status[HV_STATUS_SUCCESS], 3);
	assert_int_equal(v->status[HV_STATUS_INVALID_ALIGNMENT], 1);
}

static void a_guest_makes_hypercalls(void **state)
{
	struct fixture f = { 0 };
	struct diag d = { 0 };
	struct seen s;
	bool has_tsc_page;

	alarm(30); /* a guest that runs astray must not hang the tests */
	create(&f);
	has_tsc_page = cpuid_find(&f.m->cpuid, HV_CPUID_FEATURES, 0)->eax & HV_PRIV_REFERENCE_TSC;
	assert_int_equal(machine_start(f.m, &d), 0);
	if (machine_wait(f.m) != STOP_DEBUG_EXIT)
		fail_msg("%s: %s", f.m->stop_diag.object, f.m->stop_diag.reason);
	assert_int_equal(mem_read(f.m->mem, gpa(SEEN_AT), &s, sizeof(s)), 0);
	check_seen(&s);
	check_counters(&tlb_stats(f.tlb)->vcpu[0]);
	if (has_tsc_page) {
		assert_true(page_time(f.m->mem, s.tsc1) <= s.ref);
		assert_true(s.ref <= page_time(f.m->mem, s.tsc2));
		assert_in_range(s.ref, 1, 600000000); /* since creation: less than a minute */
	}
	destroy(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_guest_makes_hypercalls) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
