/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries kernel code on this host's KVM, where the vendor modules do not settle it. */
#include "vmm/cli/host.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "vmm/machine.h"
#include "vmm/regs.h"

#define CODE_AT 0x10000

/* What an instruction emulator tends not to know, and every Linux kernel executes. */
static const uint8_t code[] = {
	0x9b,			      /* fwait */
	0xf3, 0x48, 0x0f, 0xb8, 0xc8, /* popcnt %rax, %rcx */
	0x0f, 0xae, 0x54, 0x24, 0xf8, /* ldmxcsr -8(%rsp): needs CR4.OSFXSR only for SSE */
	0xb0, 0x01,		      /* mov $1, %al */
	0xe6, LAYOUT_PORT_DEBUG_EXIT, /* out %al, $0xf4 */
	0xf4,			      /* hlt */
};

static void done(void *opaque, struct vcpu *v, uint64_t offset, unsigned size, uint64_t value)
{
	machine_stop(v->machine, STOP_DEBUG_EXIT, 0, NULL);
}

static const struct bus_ops done_port = { .name = "done", .write = done };

static int prepare(struct machine *m, struct diag *d)
{
	struct boot_entry entry = { .mode = BOOT_LONG64, .rip = gpa(CODE_AT) };
	struct kvm_sregs s;
	struct kvm_regs r;
	uint32_t mxcsr = 0x1f80;
	int err = bus_add(&m->pio, LAYOUT_PORT_DEBUG_EXIT, 1, &done_port, NULL);

	if (!err)
		err = kvm_get_sregs(m->vcpu[0]->fd, &s);
	if (!err)
		err = regs_boot(&s, &r, m->mem, &entry);
	if (err)
		return err;
	s.cr4 |= 1 << 9; /* OSFXSR */
	r.rsp = CODE_AT;
	mem_write(m->mem, gpa(CODE_AT), code, sizeof(code));
	mem_write(m->mem, gpa(CODE_AT - 8), &mxcsr, sizeof(mxcsr));
	err = kvm_set_sregs(m->vcpu[0]->fd, &s);
	return err ? err : kvm_set_regs(m->vcpu[0]->fd, &r);
}

static bool try_code(struct diag *why)
{
	struct machine_config c = { .memory = 2 << 20, .vcpus = 1 };
	enum stop_reason stop = STOP_CRASH;
	struct machine *m;
	int err;

	if (machine_create(&m, &c, why))
		return false;
	err = prepare(m, why);
	if (err)
		diag_errno(why, err, "/dev/kvm", NULL);
	else if (machine_start(m, why) == 0)
		stop = machine_wait(m);
	if (stop == STOP_CRASH && m->stop_diag.reason[0])
		*why = m->stop_diag;
	machine_destroy(m);
	return stop == STOP_DEBUG_EXIT;
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
