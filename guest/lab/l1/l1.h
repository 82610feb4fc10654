/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lab's half inside L1: one static program in L1's initramfs, with two uses.
 *
 *   /lab-setup                     before HELLO: KVM ready, static keys pinned
 *   /lab-setup enter OPTIONS -- PROGRAM ARGS...
 *                                  after EXEC: becomes PROGRAM among the host's files
 *
 * What the first does is in the snapshot that later runs restore; what the
 * second does happens in every run.
 */
#ifndef GUEST_LAB_L1_L1_H
#define GUEST_LAB_L1_L1_H

#define L1_PROGRAM   "/lab-setup"
#define L1_MOUNT_TAG "host" /* of the virtio-9p device */
#define L1_MARK	     "/run/shootdown-lab" /* exists in L1 and nowhere else */

/* Exit statuses of `enter` itself; shells use the same two. */
enum { ENTER_NOT_EXECUTABLE = 126, ENTER_NOT_FOUND = 127, ENTER_FAILED = 125 };

/*
 * Make VMs that hold KVM's static keys for as long as this process lives (keys.c).
 * 0, or negative errno.
 */
int keys_hold(void);

/* Turn on every CPU that is still off (cpus.c). 0, or negative errno. */
int cpus_start(void);

/* 0 or 1: the process exit status. Messages go to stderr (L1's console). */
int setup_main(void);

/* Does not return when PROGRAM was executed; otherwise an exit status from above. */
int enter_main(int argc, char **argv);

#endif
