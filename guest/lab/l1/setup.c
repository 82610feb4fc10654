// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Before HELLO: makes L1 a machine that can run VMs. The agent has already
 * mounted the usual file systems and loaded the modules of the initramfs; this
 * checks that KVM came of it, pins KVM's static keys and makes mount points.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/lab/l1/l1.h"
#include "guest/lab/l1/stage.h"

static int complain(const char *object, const char *reason)
{
	fprintf(stderr, "lab-setup: %s: %s\n", object, reason);
	return 1;
}

int setup_main(void)
{
	int err;

	stage_report(STAGE_SETUP);
	if (mkdir("/lab", 0755) && errno != EEXIST)
		return complain("/lab", strerror(errno));
	stage_report(STAGE_KVM);
	if (access("/dev/kvm", R_OK | W_OK))
		return complain("/dev/kvm", "kvm-amd did not load in L1");
	stage_report(STAGE_KEYS);
	err = keys_pin();
	if (err)
		return complain("KVM", strerror(-err));
	stage_report(STAGE_READY);
	return 0;
}
