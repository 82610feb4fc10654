/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One XSETBV on a private vCPU. */
#include "vmm/xsetbv.h"

#include <sys/ioctl.h>

#include "vmm/machine.h"
#include "vmm/snippet.h"

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

static void kvm_knows(void *opaque, struct machine *m)
{
	struct kvm_xcrs x = { 0 };
	bool *works = opaque;

	*works = ioctl(m->vcpu[0]->fd, KVM_GET_XCRS, &x) == 0 && x.nr_xcrs > 0 &&
		 x.xcrs[0].xcr == 0 && x.xcrs[0].value == XCR0_WANTED;
}

int xsetbv_probe(bool *works, struct diag *d)
{
	struct snippet s = {
		.code = code,
		.size = sizeof(code),
		.cr4 = CR4_OSXSAVE, /* refused where XSAVE is not offered: *works stays false */
		.look = kvm_knows,
		.opaque = works,
	};
	bool finished;

	*works = false;
	return snippet_run(&s, &finished, d);
}
