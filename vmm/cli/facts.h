/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `run` must know about this host's KVM before it builds a machine, found out by trying. It
 * takes a fraction of a second, so the answers are kept in the cache for this host kernel
 * and its KVM's settings.
 */
#ifndef VMM_CLI_FACTS_H
#define VMM_CLI_FACTS_H

#include "vmm/cli/options.h"

struct host_facts {
	enum lever_kind lever; /* the flush lever that works here (pvflush/probe.h) */
	bool xsave;	       /* KVM follows the guest's XCR0 (vmm/xsetbv.h) */
};

/* 0, or negative errno with d filled. */
int facts_get(struct host_facts *ret, struct diag *d);

#endif
