/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs an embedded micro guest (guest/micro/) on a private machine, within a time
 * limit, and hands what it reports to callbacks.
 */
#ifndef PVFLUSH_MICRO_H
#define PVFLUSH_MICRO_H

#include <stdint.h>

#include "guest/micro/images.h"
#include "guest/micro/rt/abi.h"
#include "vmm/diag.h"

struct machine;
struct vcpu;

/* A struct micro_report with its strings, copied out of the guest. */
struct micro_event {
	enum micro_kind kind;
	uint32_t line, cpu;
	uint64_t value[4];
	char file[64];
	char text[160];
};

/* Any may be NULL. opaque is the config's. */
struct micro_ops {
	/* The machine exists, nothing runs yet: register hooks, personalities, levers. */
	int (*prepare)(void *opaque, struct machine *m, struct diag *d);
	/* On the thread of vCPU v: an OUT to MICRO_PORT_CALL, and reports but PANIC and DONE. */
	void (*call)(void *opaque, struct vcpu *v, uint32_t value);
	void (*event)(void *opaque, struct vcpu *v, const struct micro_event *e);
	/* Nothing runs any more, guest memory is still there. Also after errors of prepare. */
	void (*finish)(void *opaque, struct machine *m);
};

struct micro_config {
	const char *name; /* for messages */
	const struct micro_image *image;
	const char *cmdline; /* may be NULL */
	uint64_t memory;     /* bytes */
	unsigned vcpus;
	unsigned timeout_ms;
	const struct micro_ops *ops;
	void *opaque;
};

/*
 * Returns when the guest has ended and the machine is gone. 0: the guest said DONE.
 * -ETIMEDOUT: stopped at the time limit; -EIO: panic or crash; other errors as
 * machine_create, boot_load and prepare. d has the reason.
 */
int micro_run(const struct micro_config *c, struct diag *d);

#endif
