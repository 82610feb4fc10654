/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypercall port: from the registers of an exit to the registers of the reply.
 * vCPU, machine and flush engine are stand-ins that record what they are asked.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include <cmocka.h>

#include "pvflush/hv_abi.h"
#include "pvflush/hyperv.h"
#include "vmm/machine.h"

#define RAM   0x8000
#define BLOCK 0x2000
#define RIP   0xffffffff81000000ull /* of the instruction behind the OUT */

/* What the stand-ins are told and what they saw. Reset by create(). */
static struct {
	unsigned cpl;
	bool long_mode;
	bool rip_is_at_out; /* this host leaves RIP at the OUT until the exit is completed */
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_fpu fpu;
	unsigned fpu_reads, dirty, completed, injected, flushes, stops;
	struct flush_request request;
	struct flush_vcpu_stats vcpu_stats[2];
	struct flush_stats stats;
} fake;

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	switch (request) {
	case KVM_GET_TSC_KHZ:
		return 2600000;
	case KVM_GET_MSRS:
		((struct kvm_msrs *)arg)->entries[0].data = 0;
		return 1;
	case KVM_GET_FPU:
		fake.fpu_reads++;
		memcpy(arg, &fake.fpu, sizeof(fake.fpu));
		return 0;
	default:
		errno = EINVAL;
		return -1;
	}
}

struct kvm_regs *vcpu_regs(struct vcpu *v)
{
	return &fake.regs;
}

struct kvm_sregs *vcpu_sregs(struct vcpu *v)
{
	return &fake.sregs;
}

void vcpu_regs_dirty(struct vcpu *v)
{
	fake.dirty++;
}

unsigned vcpu_cpl(struct vcpu *v)
{
	return fake.cpl;
}

bool vcpu_long_mode(struct vcpu *v)
{
	return fake.long_mode;
}

int vcpu_complete_io(struct vcpu *v)
{
	fake.completed++;
	if (fake.rip_is_at_out)
		fake.regs.rip += 2;
	return 0;
}

int vcpu_inject(struct vcpu *v, unsigned vector, int64_t error)
{
	assert_int_equal(vector, 6);
	assert_int_equal(error, -1);
	fake.injected++;
	return 0;
}

void machine_stop(struct machine *m, enum stop_reason why, int status, const struct diag *d)
{
	fake.stops++;
}

void tlb_flush(struct tlb *t, struct vcpu *self, const struct flush_request *r)
{
	fake.flushes++;
	fake.request = *r;
}

struct flush_stats *tlb_stats(struct tlb *t)
{
	return &fake.stats;
}

struct fixture {
	struct machine m;
	struct vcpu v[2];
	struct vcpu *list[2];
	struct kvm_run run;
	struct hyperv *h;
};

static void create(struct fixture *f, bool enable)
{
	static const struct hyperv_options o = { true, true, true };
	struct diag d;

	memset(f, 0, sizeof(*f));
	memset(&fake, 0, sizeof(fake));
	fake.long_mode = true;
	fake.sregs.cr0 = 1;
	fake.stats.vcpu = fake.vcpu_stats;
	fake.regs.rip = RIP;
	assert_int_equal(mem_create(&f->m.mem, RAM, false), 0);
	f->m.vcpus = 2;
	f->m.vcpu = f->list;
	for (unsigned i = 0; i < 2; i++) {
		f->v[i] = (struct vcpu){ .machine = &f->m, .id = i, .run = &f->run };
		f->list[i] = &f->v[i];
	}
	f->run.io.count = 1;
	assert_int_equal(hyperv_create(&f->h, &f->m, &o, &d), 0);
	hyperv_attach(f->h, (struct tlb *)f); /* opaque to the personality */
	if (!enable)
		return;
	assert_int_equal(msr_write(&f->m.msr, &f->v[0], HV_MSR_GUEST_OS_ID, 1), 0);
	assert_int_equal(msr_write(&f->m.msr, &f->v[0], HV_MSR_HYPERCALL, 0x4001), 0);
}

static void destroy(struct fixture *f)
{
	hyperv_destroy(f->h);
	mem_destroy(f->m.mem);
}

static void out(struct fixture *f)
{
	bus_write(&f->m.pio, &f->v[1], LAYOUT_PORT_HYPERCALL, 1, 0);
}

static void put_space_block(struct fixture *f)
{
	uint64_t block[] = { 0, HV_FLUSH_ALL_SPACES, 1 };

	assert_int_equal(mem_write(f->m.mem, gpa(BLOCK), block, sizeof(block)), 0);
}

static void creation_registers_everything(void **state)
{
	struct fixture f;

	create(&f, false);
	assert_int_equal(f.m.msr.n, 1);
	assert_int_equal(f.m.msr.range[0].base, 0x40000000);
	assert_int_equal(f.m.msr.range[0].len, 0x200);
	assert_int_equal(f.m.pio.n, 1);
	assert_int_equal(f.m.pio.range[0].base, LAYOUT_PORT_HYPERCALL);
	assert_int_equal(f.m.pio.range[0].len, 1);
	/* whether the TSC is invariant is up to the host */
	assert_int_equal(cpuid_find(&f.m.cpuid, 0x40000003, 0)->eax & ~HV_PRIV_TSC_INVARIANT,
			 0xa62);
	assert_int_equal(cpuid_find(&f.m.cpuid, 0x40000003, 0)->edx, 0x110);
	destroy(&f);
}

static void call_64_bit(void **state)
{
	struct fixture f;
	struct kvm_regs want;

	create(&f, true);
	put_space_block(&f);
	memset(&fake.regs, 0x77, sizeof(fake.regs));
	fake.regs.rcx = HV_CALL_FLUSH_SPACE;
	fake.regs.rdx = BLOCK;
	want = fake.regs;
	want.rax = 0; /* the only register that changes */
	out(&f);
	assert_memory_equal(&fake.regs, &want, sizeof(want));
	assert_int_equal(fake.dirty, 1);
	assert_int_equal(fake.flushes, 1);
	assert_int_equal(fake.request.kind, FLUSH_HV_SPACE);
	assert_int_equal(fake.request.targets.bank[0], 1);
	assert_int_equal(fake.fpu_reads, 0);
	assert_int_equal(fake.vcpu_stats[1].status[0], 1);
	assert_int_equal(fake.vcpu_stats[0].status[0], 0);
	assert_int_equal(fake.completed + fake.injected + fake.stops, 0);
	destroy(&f);
}

static void call_32_bit(void **state)
{
	struct fixture f;
	uint64_t block[] = { 0, HV_FLUSH_ALL_SPACES, 2, 0x1000, 0x2000 };

	create(&f, true);
	assert_int_equal(mem_write(f.m.mem, gpa(BLOCK), block, sizeof(block)), 0);
	fake.long_mode = false;
	fake.regs.rax = 0xffffffff00000000ull | HV_CALL_FLUSH_LIST; /* high halves do not count */
	fake.regs.rdx = 0x5555555500000002ull;			    /* two elements */
	fake.regs.rbx = 0x6666666600000000ull;
	fake.regs.rcx = 0x7777777700000000ull | BLOCK;
	out(&f);
	assert_int_equal(fake.flushes, 1);
	assert_int_equal(fake.request.kind, FLUSH_HV_LIST);
	assert_int_equal(fake.request.ranges, 2);
	assert_int_equal(fake.request.targets.bank[0], 2);
	assert_int_equal(fake.regs.rax, 0);
	assert_int_equal(fake.regs.rdx, 2); /* reps */
	assert_int_equal(fake.regs.rcx, 0x7777777700000000ull | BLOCK);
	destroy(&f);
}

static void fast_call_reads_xmm(void **state)
{
	struct fixture f;
	uint64_t mask = 3;

	create(&f, true);
	memcpy(fake.fpu.xmm[0], &mask, 8);
	fake.regs.rcx = HV_CALL_FLUSH_SPACE | HV_CONTROL_FAST;
	fake.regs.r8 = HV_FLUSH_ALL_SPACES;
	out(&f);
	assert_int_equal(fake.fpu_reads, 1);
	assert_int_equal(fake.regs.rax, 0);
	assert_int_equal(fake.request.targets.bank[0], 3);
	fake.regs.rcx = HV_CALL_LONG_SPIN_WAIT | HV_CONTROL_FAST;
	fake.regs.rax = 99;
	out(&f);
	assert_int_equal(fake.fpu_reads, 1);
	assert_int_equal(fake.regs.rax, 0);
	assert_int_equal(fake.flushes, 1);
	destroy(&f);
}

static void refused_call_has_no_effect(void **state)
{
	struct fixture f;

	create(&f, true);
	fake.regs.rcx = HV_CALL_FLUSH_SPACE;
	fake.regs.rdx = RAM;
	out(&f);
	assert_int_equal(fake.regs.rax, HV_STATUS_INVALID_ALIGNMENT);
	fake.regs.rcx = 0x7fff;
	out(&f);
	assert_int_equal(fake.regs.rax, HV_STATUS_INVALID_HYPERCALL_CODE);
	fake.regs.rcx = HV_CALL_FLUSH_SPACE; /* input on the hypercall page */
	fake.regs.rdx = 0x4000;
	out(&f);
	assert_int_equal(fake.regs.rax, HV_STATUS_INVALID_ALIGNMENT);
	assert_int_equal(fake.flushes, 0);
	assert_int_equal(fake.vcpu_stats[1].status[HV_STATUS_INVALID_ALIGNMENT], 2);
	assert_int_equal(fake.vcpu_stats[1].status[HV_STATUS_INVALID_HYPERCALL_CODE], 1);
	assert_int_equal(fake.vcpu_stats[1].status[0], 0);
	destroy(&f);
}

/* #UD at the OUT, nothing else: RAX as it was. */
static void expect_undefined(struct fixture *f)
{
	static const struct flush_vcpu_stats none;

	put_space_block(f);
	fake.regs.rax = 0x1234;
	fake.regs.rcx = HV_CALL_FLUSH_SPACE;
	fake.regs.rdx = BLOCK;
	out(f);
	assert_int_equal(fake.completed, 1);
	assert_int_equal(fake.injected, 1);
	assert_int_equal(fake.flushes, 0);
	assert_int_equal(fake.stops, 0);
	assert_int_equal(fake.regs.rax, 0x1234);
	assert_int_equal(fake.regs.rip, fake.rip_is_at_out ? RIP : RIP - 2);
	assert_memory_equal(&fake.vcpu_stats[1], &none, sizeof(none));
}

static void user_mode_is_undefined(void **state)
{
	struct fixture f;

	create(&f, true);
	fake.cpl = 3;
	expect_undefined(&f);
	destroy(&f);
	create(&f, true);
	fake.cpl = 3;
	fake.rip_is_at_out = true;
	expect_undefined(&f);
	destroy(&f);
}

static void real_mode_is_undefined(void **state)
{
	struct fixture f;

	create(&f, true);
	fake.sregs.cr0 = 0;
	fake.long_mode = false;
	expect_undefined(&f);
	destroy(&f);
}

static void before_enabling_is_undefined(void **state)
{
	struct fixture f;

	create(&f, false);
	expect_undefined(&f);
	destroy(&f);
	create(&f, true);
	assert_int_equal(msr_write(&f.m.msr, &f.v[0], HV_MSR_GUEST_OS_ID, 0), 0);
	expect_undefined(&f);
	destroy(&f);
}

static void without_engine_is_undefined(void **state)
{
	struct fixture f;

	create(&f, true);
	hyperv_attach(f.h, NULL);
	expect_undefined(&f);
	destroy(&f);
}

static void other_writes_are_ignored(void **state)
{
	struct fixture f;

	create(&f, true);
	put_space_block(&f);
	fake.regs.rcx = HV_CALL_FLUSH_SPACE;
	fake.regs.rdx = BLOCK;
	fake.regs.rax = 0x1234;
	f.run.io.count = 100; /* a string OUT */
	out(&f);
	f.run.io.count = 1;
	bus_write(&f.m.pio, &f.v[1], LAYOUT_PORT_HYPERCALL, 4, 0);
	bus_write(&f.m.pio, &f.v[1], LAYOUT_PORT_HYPERCALL - 1, 2, 0);
	assert_int_equal(bus_read(&f.m.pio, &f.v[1], LAYOUT_PORT_HYPERCALL, 1), 0xff);
	assert_int_equal(fake.flushes + fake.injected + fake.dirty, 0);
	assert_int_equal(fake.regs.rax, 0x1234);
	destroy(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creation_registers_everything),
		cmocka_unit_test(call_64_bit),
		cmocka_unit_test(call_32_bit),
		cmocka_unit_test(fast_call_reads_xmm),
		cmocka_unit_test(refused_call_has_no_effect),
		cmocka_unit_test(user_mode_is_undefined),
		cmocka_unit_test(real_mode_is_undefined),
		cmocka_unit_test(before_enabling_is_undefined),
		cmocka_unit_test(without_engine_is_undefined),
		cmocka_unit_test(other_writes_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
