/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What KVM_RUN came back with: handled by a table with names. */
#ifndef VMM_EXIT_H
#define VMM_EXIT_H

#include <stdbool.h>

struct vcpu;

/* Handles v->run->exit_reason. False: the machine is stopping (machine_stop was called). */
bool exit_handle(struct vcpu *v);

/* "IO", "MMIO", ...; "?" for a reason this VMM does not know. */
const char *exit_name(unsigned reason);

#endif
