/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does KVM see the guest's XSETBV here? A KVM whose hardware is itself emulated may
 * not be told of it (QEMU's TCG does not intercept XSETBV for a nested guest): KVM
 * then keeps another XCR0 than the guest set, loses extended state and reports sizes
 * that do not fit. Guests must not be shown XSAVE on such a host.
 */
#ifndef VMM_XSETBV_H
#define VMM_XSETBV_H

#include <stdbool.h>

#include "vmm/diag.h"

/*
 * Runs one XSETBV on a private vCPU and asks KVM for XCR0 (KVM_GET_XCRS). *works: KVM
 * knows the value. False also where XSAVE is not offered at all. 0, or negative errno with d filled.
 */
int xsetbv_probe(bool *works, struct diag *d);

#endif
