/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A 16550A at COM1 (National Semiconductor PC16550D data sheet).
 *
 * Transmission takes no time as the guest sees it: a byte written to THR goes to a
 * buffer of SERIAL_BUFFER bytes that the event thread writes out. When the buffer
 * is full the vCPU waits for it in its port write (until the machine is told to
 * stop): no byte of the console is lost because its reader is slow.
 *
 * Host input is read only while the guest's driver has receive interrupts enabled
 * and there is room in the receive queue, so what is typed ahead waits on the host
 * until the guest listens. A guest that only polls LSR gets no input.
 *
 * Not modelled: baud rate timing, parity and framing errors, break, DMA mode.
 */
#ifndef DEVICES_SERIAL_H
#define DEVICES_SERIAL_H

#include "vmm/machine.h"

#define SERIAL_BUFFER 65536u

struct serial;

struct serial_config {
	int in_fd;  /* -1: none; not owned */
	int out_fd; /* -1: discard; not owned */
};

/* Registers the ports with m. 0 or negative errno. Before machine_start(). */
int serial_create(struct serial **ret, struct machine *m, const struct serial_config *c);
/* After machine_quiesce(): no vCPU and no event thread may be left. NULL is allowed. */
void serial_destroy(struct serial *s);

/*
 * Waits until all output has been written, at most ms milliseconds: between
 * machine_wait() and machine_quiesce(). 0, -ETIMEDOUT, or the error of the write.
 */
int serial_drain(struct serial *s, unsigned ms);

#endif
