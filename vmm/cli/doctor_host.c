/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor: what can be read without running a guest. */
#include <cpuid.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmm/cli/doctor.h"
#include "vmm/cpuid.h"
#include "vmm/kvm.h"

#define CPUID1_ECX_HYPERVISOR (1u << 31)
#define CPUID_HYPERVISOR      0x40000000u
#define CPUID_KVM_FEATURES    0x40000001u

/* ---- the machine ---------------------------------------------------------------- */

static void signature(char to[13], uint32_t a, uint32_t b, uint32_t c)
{
	const uint32_t r[3] = { a, b, c };

	memcpy(to, r, sizeof(r));
	to[12] = 0;
	for (unsigned i = 0; i < 12 && to[i]; i++)
		if (to[i] < ' ' || to[i] > '~')
			to[i] = '?';
}

static void find_qemu(char *to, size_t size)
{
	const char *path = getenv("PATH");
	char copy[4096], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", path ? path : "/usr/bin:/bin");
	for (char *dir = strtok_r(copy, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
		snprintf(to, size, "%s/qemu-system-x86_64", dir);
		if (access(to, X_OK) == 0)
			return;
	}
	to[0] = 0;
}

void doctor_host(struct doctor *d)
{
	uint32_t a, b, c, dx;

	uname(&d->uts);
	d->cpus = sysconf(_SC_NPROCESSORS_ONLN);
	if (__get_cpuid(0, &a, &b, &c, &dx))
		signature(d->cpu_vendor, b, dx, c);
	if (__get_cpuid(1, &a, &b, &c, &dx) && c & CPUID1_ECX_HYPERVISOR) {
		__cpuid(CPUID_HYPERVISOR, a, b, c, dx);
		signature(d->hypervisor, b, c, dx);
		if (!d->hypervisor[0])
			strcpy(d->hypervisor, "unknown");
	}
	find_qemu(d->qemu, sizeof(d->qemu));
}

/* ---- KVM -------------------------------------------------------------------------- */

static const struct doctor_cap caps[] = {
	{ "IRQCHIP", "interrupt controllers in the kernel", true, false, KVM_CAP_IRQCHIP },
	{ "PIT2", "timer in the kernel", true, false, KVM_CAP_PIT2 },
	{ "IMMEDIATE_EXIT", "kicks that cannot be lost", true, false, KVM_CAP_IMMEDIATE_EXIT },
	{ "X86_USER_SPACE_MSR", "MSRs of the personalities", true, false,
	  KVM_CAP_X86_USER_SPACE_MSR },
	{ "X86_MSR_FILTER", "MSRs of the personalities", true, false, KVM_CAP_X86_MSR_FILTER },
	{ "SYNC_REGS", "registers at an exit without a system call", false, false,
	  KVM_CAP_SYNC_REGS },
	{ "IOEVENTFD", "queue notifications without an exit", false, false, KVM_CAP_IOEVENTFD },
	{ "BINARY_STATS_FD", "flush lever steal", false, false, KVM_CAP_BINARY_STATS_FD },
	{ "X2APIC_API", "more than 254 vCPUs", false, false, KVM_CAP_X2APIC_API },
	{ "SET_GUEST_DEBUG2", "breakpoints and single-step", false, false,
	  KVM_CAP_SET_GUEST_DEBUG2 },
	{ "READONLY_MEM", "write traps", false, false, KVM_CAP_READONLY_MEM },
	{ "DIRTY_LOG_RING", "snapshots that know what changed", false, false,
	  KVM_CAP_DIRTY_LOG_RING },
	{ "EXIT_ON_EMULATION_FAILURE", "crash reports", false, false,
	  KVM_CAP_EXIT_ON_EMULATION_FAILURE },
	{ "MAX_VCPUS", "limit of -c", false, true, KVM_CAP_MAX_VCPUS },
	{ "NR_MEMSLOTS", "memory regions", false, true, KVM_CAP_NR_MEMSLOTS },
};

#define CAPS (sizeof(caps) / sizeof(caps[0]))
_Static_assert(CAPS <= DOCTOR_MAX_CAPS, "the report holds every capability");

/* First character of a module parameter, 0 when there is none. */
static char parameter(const char *module, const char *name)
{
	char path[160];
	FILE *f;
	int c;

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", module, name);
	f = fopen(path, "re");
	if (!f)
		return 0;
	c = fgetc(f);
	fclose(f);
	return c == EOF ? 0 : (char)c;
}

/*
 * The module that serves /dev/kvm, and its parameter for two-dimensional paging. A
 * built-in module shows up although the CPU is another vendor's: so the vendor must fit.
 */
static void find_module(struct doctor *d)
{
	static const struct {
		const char *name, *vendor, *tdp;
	} known[] = { { "kvm_pvm", NULL, NULL },
		      { "kvm_intel", "GenuineIntel", "ept" },
		      { "kvm_amd", "AuthenticAMD", "npt" },
		      { "kvm_amd", "HygonGenuine", "npt" } };

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		char dir[64], c;

		snprintf(dir, sizeof(dir), "/sys/module/%s", known[i].name);
		if (access(dir, F_OK) ||
		    (known[i].vendor && strcmp(known[i].vendor, d->cpu_vendor)))
			continue;
		snprintf(d->module, sizeof(d->module), "%s", known[i].name);
		c = known[i].tdp ? parameter(known[i].name, known[i].tdp) : 0;
		if (c)
			d->paging = c == 'Y' || c == '1' ? PAGING_TDP : PAGING_SHADOW;
		return;
	}
}

static void find_pv_features(struct doctor *d, int kvm_fd)
{
	struct cpuid_table *t = malloc(sizeof(*t));
	const struct kvm_cpuid_entry2 *e = NULL;

	if (t && cpuid_supported(t, kvm_fd) == 0)
		e = cpuid_find(t, CPUID_KVM_FEATURES, 0);
	d->pv_features = e ? e->eax : 0;
	free(t);
}

void doctor_kvm(struct doctor *d, int kvm_fd)
{
	d->caps = CAPS;
	for (unsigned i = 0; i < CAPS; i++) {
		d->cap[i] = caps[i];
		d->cap[i].value = kvm_check(kvm_fd, caps[i].value);
	}
	find_module(d);
	find_pv_features(d, kvm_fd);
}

/* ---- names -------------------------------------------------------------------------- */

const char *doctor_paging_name(enum doctor_paging p)
{
	static const char *const name[] = { "unknown", "two-dimensional", "shadow" };

	return name[p];
}

/* Documentation/virt/kvm/x86/cpuid.rst */
const char *doctor_pv_name(unsigned bit)
{
	static const char *const name[] = {
		[0] = "clocksource",        [1] = "nop-io-delay",        [3] = "clocksource2",
		[4] = "async-pf",           [5] = "steal-time",          [6] = "pv-eoi",
		[7] = "pv-unhalt",          [9] = "pv-tlb-flush",        [10] = "async-pf-vmexit",
		[11] = "pv-send-ipi",       [12] = "poll-control",       [13] = "pv-sched-yield",
		[14] = "async-pf-int",      [15] = "msi-ext-dest-id",    [16] = "hc-map-gpa-range",
		[17] = "migration-control", [24] = "clocksource-stable",
	};

	return bit < sizeof(name) / sizeof(name[0]) ? name[bit] : NULL;
}
