/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What L1 is doing right now, told to the lab on the host as single letters
 * through QEMU's debug console port. The port needs no driver and no interrupt,
 * so the letters come even from an L1 that is about to hang: the watchdog names
 * the last one in its message.
 */
#ifndef GUEST_LAB_L1_STAGE_H
#define GUEST_LAB_L1_STAGE_H

#define STAGE_PORT 0x402 /* -device isa-debugcon,iobase=0x402 */

enum stage {
	STAGE_NONE = 0,
	STAGE_SETUP = 's',  /* /lab-setup runs: L1's kernel and init are up */
	STAGE_KEYS = 'y',   /* opening the VMs that pin KVM's static keys */
	STAGE_CPUS = 'p',   /* turning on the other CPUs */
	STAGE_READY = 'r',  /* setup done; HELLO is next */
	STAGE_ENTER = 'e',  /* EXEC arrived */
	STAGE_MOUNT = 'm',  /* mounting the host's files */
	STAGE_CHROOT = 'c', /* entering them */
	STAGE_EXEC = 'x',   /* the program's execve() is next: it counts as started */
};

/* Say it. Without I/O permission (not root, not in the lab) it does nothing. */
void stage_report(enum stage s);

#endif
