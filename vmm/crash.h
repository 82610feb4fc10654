/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest (or KVM) cannot go on: say what happened, where, and what to try.
 * Each function stops the machine with STOP_CRASH and a diag that holds the exit's
 * name, registers, instruction bytes and a hint; all return false.
 */
#ifndef VMM_CRASH_H
#define VMM_CRASH_H

#include <stdbool.h>

struct vcpu;

/* KVM_EXIT_MEMORY_FAULT, which older headers do not have (Documentation/virt/kvm/api.rst). */
#define CRASH_MEMORY_FAULT 39

/* KVM_EXIT_SHUTDOWN: a triple fault. Linux's reboot=t ends so too; reported with the registers. */
bool crash_shutdown(struct vcpu *v);

/* Any exit reason that this VMM cannot handle, KVM_EXIT_INTERNAL_ERROR and FAIL_ENTRY among them. */
bool crash_exit(struct vcpu *v);

/* KVM_RUN itself failed with err (negative errno). */
bool crash_run(struct vcpu *v, int err);

#endif
