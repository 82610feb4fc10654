/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole virtual machine as `run` wants it: machine, devices, personality, engine. */
#ifndef VMM_CLI_VM_H
#define VMM_CLI_VM_H

#include <stdbool.h>

#include "devices/virtio_console.h"
#include "vmm/cli/files.h"
#include "vmm/cli/options.h"
#include "vmm/machine.h"

struct vm {
	struct machine *m;
	struct serial *serial;
	struct power *power;
	struct rtc *rtc;
	struct virtio_rng *rng;
	struct virtio_console *channel; /* NULL without agent */
	struct virtio_blk *disk[OPTIONS_MAX_DISKS];
	struct lever *lever;
	struct tlb *tlb;
	struct hyperv *hyperv;
	struct kvm_pv *kvm_pv;
	int console_in, console_out; /* for the serial port; not owned */
};

/*
 * Builds everything but the threads. channel may be NULL (no agent in the guest). The console's
 * descriptors are the caller's. On failure d says why and what was built is torn down.
 */
int vm_create(struct vm *vm, const struct options *o, const struct guest_files *f,
	      const struct channel_config *channel, int console_in, int console_out, struct diag *d);

/* Tears everything down; after machine_wait() or a failure. */
void vm_destroy(struct vm *vm);

/* The kernel command line for o. to holds at least 4096 bytes. */
int vm_cmdline(char *to, size_t size, const struct options *o);

#endif
