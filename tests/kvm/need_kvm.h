/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests on the host's own /dev/kvm: skip where there is none. */
#ifndef TESTS_KVM_NEED_KVM_H
#define TESTS_KVM_NEED_KVM_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TEST_SKIP 77

static inline void need_kvm(void)
{
	if (access("/dev/kvm", R_OK | W_OK) == 0)
		return;
	perror("SKIP: needs /dev/kvm");
	exit(TEST_SKIP);
}

#endif
