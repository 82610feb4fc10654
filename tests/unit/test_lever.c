/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flush levers against a KVM that only takes notes: which ioctls, with which
 * values, in which order.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pvflush/lever.h"
#include "vmm/kvm_stats.h"
#include "vmm/machine.h"

#define MSR_STEAL 0x4b564d03u
#define PGE       0x80ull

/* ---- the note-taking KVM -------------------------------------------------------- */

static struct {
	int stat_err, msr_err;
	int set_err[8]; /* result of the n-th KVM_SET_SREGS */
	uint64_t cr4[8];
	unsigned sets, gets, memory_calls;
	uint8_t *area;
	uint64_t area_base, area_size;
	struct {
		int fd;
		uint32_t index;
		uint64_t value;
	} msr[16];
	unsigned msrs;
	struct kvm_sregs kernel, cache;
} kvm;

int kvm_stat(int fd, const char *name, uint64_t *value)
{
	assert_string_equal(name, "preemption_reported");
	return kvm.stat_err;
}

int kvm_set_msr(int fd, uint32_t index, uint64_t value)
{
	kvm.msr[kvm.msrs].fd = fd;
	kvm.msr[kvm.msrs].index = index;
	kvm.msr[kvm.msrs].value = value;
	kvm.msrs++;
	return kvm.msr_err;
}

int kvm_set_memory(int vm_fd, uint32_t slot, uint32_t flags, gpa_t base, uint64_t size, void *host)
{
	kvm.memory_calls++;
	assert_int_equal(flags, 0);
	kvm.area = host;
	kvm.area_base = base.v;
	kvm.area_size = size;
	return 0;
}

int kvm_get_sregs(int fd, struct kvm_sregs *s)
{
	kvm.gets++;
	*s = kvm.kernel;
	return 0;
}

struct kvm_sregs *vcpu_sregs(struct vcpu *v)
{
	return &kvm.cache;
}

int vcpu_set_sregs(struct vcpu *v, const struct kvm_sregs *s)
{
	int err = kvm.set_err[kvm.sets];

	kvm.cr4[kvm.sets++] = s->cr4;
	if (!err)
		kvm.kernel = kvm.cache = *s;
	return err;
}

/* ---- a machine of four vCPUs ------------------------------------------------------ */

static struct vcpu vcpus[4];
static struct vcpu *vcpu_list[4];
static struct machine machine;

static int setup(void **state)
{
	memset(&kvm, 0, sizeof(kvm));
	memset(&machine, 0, sizeof(machine));
	memset(vcpus, 0, sizeof(vcpus));
	for (unsigned i = 0; i < 4; i++) {
		vcpus[i].id = i;
		vcpus[i].fd = 100 + (int)i;
		vcpu_list[i] = &vcpus[i];
	}
	machine.vcpu = vcpu_list;
	machine.vcpus = 4;
	kvm.kernel.cr0 = kvm.cache.cr0 = 0x80000011;
	kvm.kernel.cr4 = kvm.cache.cr4 = 0x6a0;
	return 0;
}

static struct lever *make(enum lever_kind kind)
{
	struct lever *l = NULL;

	assert_int_equal(lever_create(&l, &machine, kind), 0);
	return l;
}

static void names(void **state)
{
	enum lever_kind k;

	assert_int_equal(lever_parse("steal", &k), 0);
	assert_int_equal(k, LEVER_STEAL);
	assert_int_equal(lever_parse("sregs", &k), 0);
	assert_int_equal(k, LEVER_SREGS);
	assert_int_equal(lever_parse("Steal", &k), -EINVAL);
	assert_string_equal(lever_kind_name(LEVER_NONE), "none");
}

static void steal_sets_one_bit(void **state)
{
	struct lever *l = make(LEVER_STEAL);
	uint8_t want[256] = { 0 };

	assert_int_equal(kvm.area_base, LAYOUT_STEAL);
	assert_int_equal(kvm.area_size, LAYOUT_STEAL_SIZE);
	kvm.area[3 * 64 + 16] = 1; /* PREEMPTED, as KVM may have stored */
	assert_int_equal(lever_pull(l, &vcpus[3]), 0);
	want[3 * 64 + 16] = 3;
	assert_memory_equal(kvm.area, want, sizeof(want));
	assert_int_equal(kvm.sets, 0);
	/* INIT may have disabled the MSR since: it is written by every pull. */
	assert_int_equal(kvm.msrs, 1);
	assert_int_equal(kvm.msr[0].fd, 103);
	assert_int_equal(kvm.msr[0].index, MSR_STEAL);
	assert_int_equal(kvm.msr[0].value, LAYOUT_STEAL + 3 * 64 + 1);
	lever_destroy(l);
}

static void steal_registers_areas(void **state)
{
	struct lever *l = make(LEVER_STEAL);

	assert_int_equal(lever_vcpu_init(l, &vcpus[2]), 0);
	assert_int_equal(kvm.msrs, 1);
	assert_int_equal(kvm.msr[0].fd, 102);
	assert_int_equal(kvm.msr[0].index, MSR_STEAL);
	assert_int_equal(kvm.msr[0].value, LAYOUT_STEAL + 2 * 64 + 1);
	lever_destroy(l);
	/* Off on all four, and the slot is gone. */
	assert_int_equal(kvm.msrs, 5);
	for (unsigned i = 1; i < 5; i++)
		assert_int_equal(kvm.msr[i].value, 0);
	assert_int_equal(kvm.memory_calls, 2);
	assert_int_equal(kvm.area_size, 0);
}

/* KVM may store over the byte after an external interrupt ended the last KVM_RUN. */
static void steal_avoids_the_hazard(void **state)
{
	struct lever *l = make(LEVER_STEAL);

	vcpus[1].last_run_interrupted = true;
	assert_int_equal(lever_pull(l, &vcpus[1]), 0);
	assert_int_equal(kvm.area[64 + 16], 0);
	assert_int_equal(kvm.sets, 2);
	vcpus[1].last_run_interrupted = false;
	assert_int_equal(lever_pull(l, &vcpus[1]), 0);
	assert_int_equal(kvm.area[64 + 16], 2);
	assert_int_equal(kvm.sets, 2);
	lever_destroy(l);
}

static void steal_refused_on_old_hosts(void **state)
{
	struct lever *l = NULL;

	kvm.stat_err = -ENOENT;
	assert_int_equal(lever_create(&l, &machine, LEVER_STEAL), -EOPNOTSUPP);
	assert_null(l);
	assert_int_equal(kvm.memory_calls, 0);
	assert_int_equal(machine.msr.n, 0);
	assert_int_equal(lever_create(&l, &machine, LEVER_SREGS), 0); /* needs no statistics */
	lever_destroy(l);
}

static void steal_refused_without_the_msr(void **state)
{
	struct lever *l = make(LEVER_STEAL);

	kvm.msr_err = -ENOENT;
	assert_int_equal(lever_vcpu_init(l, &vcpus[0]), -EOPNOTSUPP);
	kvm.msr_err = -EIO;
	assert_int_equal(lever_pull(l, &vcpus[0]), -EIO);
	assert_int_equal(kvm.area[16], 0);
	lever_destroy(l);
}

static void steal_guards_the_msr(void **state)
{
	struct lever *l = make(LEVER_STEAL);
	uint64_t value = 0;

	assert_int_equal(msr_write(&machine.msr, &vcpus[0], MSR_STEAL, 0x1001), -1);
	assert_int_equal(msr_read(&machine.msr, &vcpus[0], MSR_STEAL, &value), -1);
	lever_destroy(l);
}

static int personality_write(void *opaque, struct vcpu *v, uint32_t index, uint64_t value)
{
	*(uint64_t *)opaque = value;
	return 0;
}

static void steal_leaves_the_msr_to_a_personality(void **state)
{
	static const struct msr_ops ops = { .name = "personality", .write = personality_write };
	uint64_t seen = 0;
	struct lever *l;

	assert_int_equal(msr_add(&machine.msr, MSR_STEAL, 1, &ops, &seen), 0);
	l = make(LEVER_STEAL);
	assert_int_equal(msr_write(&machine.msr, &vcpus[0], MSR_STEAL, 0x1001), 0);
	assert_int_equal(seen, 0x1001);
	lever_destroy(l);
}

static void sregs_flips_pge_and_back(void **state)
{
	struct lever *l = make(LEVER_SREGS);

	assert_int_equal(lever_pull(l, &vcpus[0]), 0);
	assert_int_equal(kvm.sets, 2);
	assert_int_equal(kvm.cr4[0], 0x6a0 ^ PGE);
	assert_int_equal(kvm.cr4[1], 0x6a0);
	assert_int_equal(kvm.kernel.cr0, 0x80000011);
	assert_int_equal(kvm.gets, 0);
	lever_destroy(l);
}

/* Before the first KVM_RUN the shared copy is all zero: writing that back would ruin the vCPU. */
static void sregs_does_not_trust_an_empty_copy(void **state)
{
	struct lever *l = make(LEVER_SREGS);

	memset(&kvm.cache, 0, sizeof(kvm.cache));
	kvm.kernel.cr0 = 0x60000010;
	kvm.kernel.cr4 = 0;
	assert_int_equal(lever_pull(l, &vcpus[0]), 0);
	assert_int_equal(kvm.gets, 1);
	assert_int_equal(kvm.cr4[0], PGE);
	assert_int_equal(kvm.cr4[1], 0);
	assert_int_equal(kvm.kernel.cr0, 0x60000010);
	lever_destroy(l);
}

static void sregs_reports_failure(void **state)
{
	struct lever *l = make(LEVER_SREGS);

	kvm.set_err[0] = -EINVAL;
	assert_int_equal(lever_pull(l, &vcpus[0]), -EINVAL);
	assert_int_equal(kvm.sets, 1); /* nothing changed, nothing to restore */
	kvm.set_err[2] = -ENOMEM;
	assert_int_equal(lever_pull(l, &vcpus[0]), -ENOMEM);
	assert_int_equal(kvm.sets, 3);
	/* PGE is left flipped in the vCPU; the next pull ends with the guest's own value. */
	assert_int_equal(kvm.kernel.cr4, 0x6a0 ^ PGE);
	assert_int_equal(lever_pull(l, &vcpus[0]), 0);
	assert_int_equal(kvm.kernel.cr4, 0x6a0);
	/* And a guest that changes CR4 afterwards keeps its change. */
	kvm.kernel.cr4 = kvm.cache.cr4 = 0x620;
	assert_int_equal(lever_pull(l, &vcpus[0]), 0);
	assert_int_equal(kvm.kernel.cr4, 0x620);
	lever_destroy(l);
}

static void none_does_nothing(void **state)
{
	struct lever *l = make(LEVER_NONE);

	assert_int_equal(lever_vcpu_init(l, &vcpus[0]), 0);
	assert_int_equal(lever_pull(l, &vcpus[0]), 0);
	assert_int_equal(kvm.sets + kvm.msrs + kvm.memory_calls, 0);
	lever_destroy(l);
	lever_destroy(NULL);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(names),
		T(steal_sets_one_bit),
		T(steal_registers_areas),
		T(steal_avoids_the_hazard),
		T(steal_refused_on_old_hosts),
		T(steal_refused_without_the_msr),
		T(steal_guards_the_msr),
		T(steal_leaves_the_msr_to_a_personality),
		T(sregs_flips_pge_and_back),
		T(sregs_does_not_trust_an_empty_copy),
		T(sregs_reports_failure),
		T(none_does_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
