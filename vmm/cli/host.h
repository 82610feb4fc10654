/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Can this host's KVM run a stock Linux kernel? */
#ifndef VMM_CLI_HOST_H
#define VMM_CLI_HOST_H

#include <stdbool.h>

#include "vmm/diag.h"

/*
 * True where guest kernel code runs on the hardware (VMX or SVM is loaded), or where a short
 * piece of 64-bit kernel code with instructions that Linux uses was seen to run. False: why
 * says what stands in the way. A /dev/kvm that may not be opened is reported as an
 * error by returning false with *denied set: that is for the user to mend.
 */
bool host_runs_linux(bool *denied, struct diag *why);

#endif
