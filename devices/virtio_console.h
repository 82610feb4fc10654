/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtio-console (virtio 1.2, 5.3) with one generic port, number 1, by the name of
 * CHANNEL_PORT_NAME: the transport of the guest channel.
 *
 * Multiport only. Port 0, which a driver without MULTIPORT would make its console, is
 * never added: the device makes no hvc console, so the guest's console stays where
 * its command line puts it. The queues of port 0 exist and are not served.
 */
#ifndef DEVICES_VIRTIO_CONSOLE_H
#define DEVICES_VIRTIO_CONSOLE_H

#include "devices/channel_io.h"
#include "vmm/machine.h"

struct virtio_console;

/*
 * c is copied; the descriptors in it stay the caller's and open until destroy. SIGPIPE
 * must be ignored. 0 or negative errno. Before machine_start().
 */
int virtio_console_create(struct virtio_console **ret, struct machine *m, unsigned slot,
			  const struct channel_config *c);
/* After machine_quiesce(). NULL is allowed. */
void virtio_console_destroy(struct virtio_console *c);

/* To the guest's command, any thread. 0, -EAGAIN (not started yet), -EPIPE (ended). */
int virtio_console_signal(struct virtio_console *c, int signal);
int virtio_console_winsize(struct virtio_console *c, uint16_t rows, uint16_t columns);

/*
 * When vCPUs have stopped: takes what the guest had sent and waits until all of it has been
 * written; gives up after ms milliseconds without progress (-ETIMEDOUT). 0 when done.
 */
int virtio_console_drain(struct virtio_console *c, unsigned ms);

#endif
