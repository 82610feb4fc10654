/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Post-mortem of a vCPU: exit, registers, code bytes, hint. */
#include "vmm/crash.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vmm/exit.h"
#include "vmm/machine.h"
#include "vmm/walk.h"

/* "0f 01 c1 ...": the bytes at RIP, found through the guest's own page tables. */
static void code_bytes(struct vcpu *v, char *to, size_t size)
{
	const struct kvm_sregs *s = vcpu_sregs(v);
	const struct kvm_regs *r = vcpu_regs(v);
	uint8_t byte;
	size_t n = 0;

	to[0] = 0;
	if (!s || !r)
		return;
	for (unsigned i = 0; i < 15 && n + 4 < size; i++) {
		gpa_t at;

		if (walk_gva(v->machine->mem, s, s->cs.base + r->rip + i, &at) ||
		    mem_read(v->machine->mem, at, &byte, 1))
			break;
		n += (size_t)snprintf(to + n, size - n, "%02x ", byte);
	}
	if (n == 0)
		snprintf(to, size, "(not mapped)");
}

static bool stop(struct vcpu *v, const char *what, const char *hint)
{
	const struct kvm_regs *r = vcpu_regs(v);
	const struct kvm_sregs *s = vcpu_sregs(v);
	char object[32], code[64];
	struct diag d = { 0 };

	snprintf(object, sizeof(object), "vCPU %u", v->id);
	code_bytes(v, code, sizeof(code));
	if (r && s)
		diag_set(&d, -EIO, object, hint,
			 "%s at rip 0x%" PRIx64 " (cs 0x%x cpl %u) rsp 0x%" PRIx64 " rax 0x%" PRIx64
			 " cr0 0x%" PRIx64 " cr2 0x%" PRIx64 " cr3 0x%" PRIx64 " cr4 0x%" PRIx64
			 " efer 0x%" PRIx64 " code %s",
			 what, (uint64_t)r->rip, s->cs.selector, s->ss.dpl, (uint64_t)r->rsp,
			 (uint64_t)r->rax, (uint64_t)s->cr0, (uint64_t)s->cr2, (uint64_t)s->cr3,
			 (uint64_t)s->cr4, (uint64_t)s->efer, code);
	else
		diag_set(&d, -EIO, object, hint, "%s (registers not readable)", what);
	machine_stop(v->machine, STOP_CRASH, 0, &d);
	return false;
}

bool crash_shutdown(struct vcpu *v)
{
	return stop(v, "triple fault (KVM_EXIT_SHUTDOWN)",
		    "the guest took a fault that it could not handle; boot with "
		    "-a 'earlyprintk=serial' to see its last words");
}

static const char *internal_hint(const struct kvm_run *run)
{
	if (run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION)
		return "KVM had to emulate an instruction that it does not know; on hosts without "
		       "VMX/SVM stock Linux cannot run directly: use 'shootdown lab run'";
	return "see dmesg of the host for KVM's own message";
}

bool crash_exit(struct vcpu *v)
{
	const struct kvm_run *run = v->run;
	char what[160];

	switch (run->exit_reason) {
	case KVM_EXIT_INTERNAL_ERROR:
		snprintf(what, sizeof(what), "KVM_EXIT_INTERNAL_ERROR suberror %u",
			 run->internal.suberror);
		return stop(v, what, internal_hint(run));
	case KVM_EXIT_FAIL_ENTRY:
		snprintf(what, sizeof(what),
			 "KVM_EXIT_FAIL_ENTRY hardware reason 0x%llx on CPU %u",
			 (unsigned long long)run->fail_entry.hardware_entry_failure_reason,
			 run->fail_entry.cpu);
		return stop(v, what, "the guest state is not one that the CPU accepts; "
				     "kvm_intel.dump_invalid_vmcs=1 makes the host's dmesg say why");
	default:
		snprintf(what, sizeof(what), "unhandled exit KVM_EXIT_%s (%u)",
			 exit_name(run->exit_reason), run->exit_reason);
		return stop(v, what, NULL);
	}
}

bool crash_run(struct vcpu *v, int err)
{
	char what[160];

	snprintf(what, sizeof(what), "KVM_RUN failed: %s%s", strerror(-err),
		 v->run->exit_reason == CRASH_MEMORY_FAULT ? " (KVM_EXIT_MEMORY_FAULT)" : "");
	return stop(v, what,
		    err == -EFAULT ? "the memory behind a guest page is not accessible: out of "
				     "huge pages, or a poisoned page?"
				   : NULL);
}
