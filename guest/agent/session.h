/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One conversation with the host: HELLO, EXEC, the command's streams, EXIT, BYE.
 *
 * One poll() loop moves everything, nothing in it blocks, and each direction stops by
 * itself when its receiver is slow: output is read from the command only while the port
 * has room for it, stdin is bounded by the credit that the host was given.
 */
#ifndef GUEST_AGENT_SESSION_H
#define GUEST_AGENT_SESSION_H

#include "guest/agent/port.h"

/*
 * Waits for a host, for ever if need be, and serves it until it has the exit status or
 * has gone. signals is a signalfd for SIGCHLD. 0, or negative errno when the host broke
 * the protocol or the agent ran out of something; the reason is in the kernel log.
 */
int session_serve(struct port *port, int signals);

/* Wait until the host of the last conversation has let go of the port. */
void session_wait_gone(struct port *port, int signals);

#endif
