/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries kernel code on this host's KVM, where the vendor modules do not settle it. */
#include "vmm/cli/host.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "vmm/machine.h"
#include "vmm/snippet.h"

#define CR4_OSFXSR (1ull << 9)

/* What an instruction emulator tends not to know, and every Linux kernel executes. */
static const uint8_t code[] = {
	0x9b,			      /* fwait */
	0xf3, 0x48, 0x0f, 0xb8, 0xc8, /* popcnt %rax, %rcx */
	0x0f, 0xae, 0x54, 0x24, 0xf8, /* ldmxcsr -8(%rsp): needs CR4.OSFXSR only for SSE */
	0xb0, 0x01,		      /* mov $1, %al */
	0xe6, LAYOUT_PORT_DEBUG_EXIT, /* out %al, $0xf4 */
	0xf4,			      /* hlt */
};

static void set_mxcsr(struct machine *m)
{
	uint32_t mxcsr = 0x1f80;

	mem_write(m->mem, gpa(SNIPPET_AT - 8), &mxcsr, sizeof(mxcsr));
}

static bool try_code(struct diag *why)
{
	static const struct snippet s = {
		.code = code,
		.size = sizeof(code),
		.cr4 = CR4_OSFXSR,
		.prepare = set_mxcsr,
	};
	bool finished;

	return snippet_run(&s, &finished, why) == 0 && finished;
}

bool host_runs_linux(bool *denied, struct diag *why)
{
	*denied = false;
	if (access("/dev/kvm", R_OK | W_OK) < 0) {
		*denied = errno == EACCES || errno == EPERM;
		diag_errno(why, -errno, "/dev/kvm", NULL);
		return false;
	}
	if (access("/sys/module/kvm_intel", F_OK) == 0 || access("/sys/module/kvm_amd", F_OK) == 0)
		return true;
	return try_code(why);
}
