/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * L1's saved state: booted, KVM ready, the agent waiting for EXEC.
 *
 * Guest RAM is a file that QEMU maps. While L1 boots to be saved, the mapping is
 * shared, so that RAM is in the file already and only the state of the devices is
 * written at the end; a restored L1 maps the file privately: a restore copies no RAM,
 * and nothing that L1 does changes the file.
 *
 *   CACHE/lab/KEY/ram     RAM, as big as L1's memory, mostly holes
 *   CACHE/lab/KEY/state   QEMU's migration stream without RAM
 *   CACHE/lab/KEY/key     what KEY is the hash of: all that makes L1 what it is
 *   CACHE/lab/KEY.lock    shared while a restore reads, exclusive while a boot writes
 */
#ifndef GUEST_LAB_SNAPSHOT_H
#define GUEST_LAB_SNAPSHOT_H

#include <limits.h>

#include "guest/lab/emu.h"

struct snapshot {
	char dir[PATH_MAX - 16]; /* CACHE/lab/KEY */
	char *key;
	int lock; /* held while >= 0 */
};

/* Names the snapshot of c. s is to be closed in any case. Negative errno with d filled. */
int snapshot_open(struct snapshot *s, const struct qemu_config *c, struct diag *d);
void snapshot_close(struct snapshot *s);

/*
 * Makes it exist: boots L1 and saves it unless that was done (fresh: even then). Several
 * processes may call this at once; one boots, the others wait. Leaves a shared lock held.
 */
int snapshot_ensure(struct snapshot *s, const struct qemu_config *c, bool fresh, struct diag *d);

/* Start e from it and give the lock back. On return L1 runs and waits for EXEC. */
int snapshot_restore(struct snapshot *s, const struct qemu_config *c, struct emu *e,
		     struct diag *d);

#endif
