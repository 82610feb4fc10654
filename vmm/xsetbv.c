/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One XSETBV on a private vCPU. */
#include "vmm/xsetbv.h"

#include <sys/ioctl.h>

#include "vmm/machine.h"
#include "vmm/regs.h"

#define CODE_AT	    0x10000
#define CR4_OSXSAVE (1ull << 18)
#define XCR0_WANTED 3 /* x87 and SSE; at reset it is 1 */

static const uint8_t code[] = {
	0x31, 0xc9,			      /* xor %ecx, %ecx */
	0x31, 0xd2,			      /* xor %edx, %edx */
	0xb8, XCR0_WANTED, 0x00, 0x00, 0x00,  /* mov $3, %eax */
	0x0f, 0x01, 0xd1,		      /* xsetbv */
	0xe6, LAYOUT_PORT_DEBUG_EXIT,	      /* out %al, $0xf4 */
	0xf4,				      /* hlt */
};

static void done(void *opaque, struct vcpu *v, uint64_t offset, unsigned size, uint64_t value)
{
	machine_stop(v->machine, STOP_DEBUG_EXIT, 0, NULL);
}

static const struct bus_ops done_port = { .name = "done", .write = done };

static int prepare(struct machine *m)
{
	struct boot_entry entry = { .mode = BOOT_LONG64, .rip = gpa(CODE_AT) };
	struct vcpu *v = m->vcpu[0];
	struct kvm_sregs s;
	struct kvm_regs r;
	int err = bus_add(&m->pio, LAYOUT_PORT_DEBUG_EXIT, 1, &done_port, NULL);

	if (!err)
		err = kvm_get_sregs(v->fd, &s);
	if (!err)
		err = regs_boot(&s, &r, m->mem, &entry);
	if (err)
		return err;
	mem_write(m->mem, gpa(CODE_AT), code, sizeof(code));
	s.cr4 |= CR4_OSXSAVE;
	err = kvm_set_sregs(v->fd, &s);
	return err ? err : kvm_set_regs(v->fd, &r);
}

static bool kvm_knows(struct machine *m)
{
	struct kvm_xcrs x = { 0 };

	return ioctl(m->vcpu[0]->fd, KVM_GET_XCRS, &x) == 0 && x.nr_xcrs > 0 &&
	       x.xcrs[0].xcr == 0 && x.xcrs[0].value == XCR0_WANTED;
}

int xsetbv_probe(bool *works, struct diag *d)
{
	struct machine_config c = { .memory = 2 << 20, .vcpus = 1, .no_irqchip = true };
	struct machine *m;
	int err = machine_create(&m, &c, d);

	*works = false;
	if (err)
		return err;
	/* CR4.OSXSAVE can be set only where CPUID offers XSAVE: so install it first. */
	err = machine_install_cpuid(m);
	if (!err && prepare(m) == 0 && machine_start(m, d) == 0)
		*works = machine_wait(m) == STOP_DEBUG_EXIT && kvm_knows(m);
	machine_destroy(m);
	return err ? diag_errno(d, err, "KVM_SET_CPUID2", NULL) : 0;
}
