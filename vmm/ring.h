/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event thread: one thread that owns one io_uring. Block and console I/O,
 * eventfds, timers, signals (signalfd) and child processes (pidfd) all complete
 * here, so device back ends need no locks of their own. vCPU threads hand work
 * over with ring_post() or an ioeventfd and never block on I/O.
 *
 * An operation is a struct ring_op embedded in its requester. It is given to the
 * ring by one of the submit functions and comes back exactly once, through its
 * done(), on the event thread; until then it and its buffers must stay valid and
 * untouched. res is the result of the system call, or negative errno.
 */
#ifndef VMM_RING_H
#define VMM_RING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

struct ring;
struct ring_op;

typedef void (*ring_done_fn)(struct ring_op *op, int res);

struct ring_op {
	ring_done_fn done;
	struct ring_op *next, *prev; /* the ring's own, while posted or in flight */
};

/* Creates the ring and starts its thread. -errno of io_uring_setup (-ENOSYS, -EPERM: no io_uring). */
int ring_create(struct ring **ret);

/*
 * Stops the thread after the done() functions now running; operations still in
 * flight are cancelled and awaited, so buffers may be freed afterwards; their
 * done() is called with -ECANCELED (or with the result, if it came first).
 */
void ring_destroy(struct ring *r);

/* From any thread: op->done(op, 0) is called on the event thread, in order of posting. */
void ring_post(struct ring *r, struct ring_op *op);

/*
 * From the event thread only. Offsets and lengths in bytes. Never fail: a full
 * submission queue is flushed to the kernel first.
 */
void ring_readv(struct ring *r, struct ring_op *op, int fd, const struct iovec *iov, unsigned n, uint64_t offset);
void ring_writev(struct ring *r, struct ring_op *op, int fd, const struct iovec *iov, unsigned n, uint64_t offset);
/* Read or write at the file's own position (pipes, ttys, sockets, eventfds). */
void ring_read(struct ring *r, struct ring_op *op, int fd, void *buf, unsigned len);
void ring_write(struct ring *r, struct ring_op *op, int fd, const void *buf, unsigned len);
void ring_fdatasync(struct ring *r, struct ring_op *op, int fd);
/* FALLOC_FL_* mode as fallocate(2). */
void ring_fallocate(struct ring *r, struct ring_op *op, int fd, int mode, uint64_t offset, uint64_t len);
/* Completes once with the ready poll(2) events. */
void ring_poll(struct ring *r, struct ring_op *op, int fd, unsigned events);
/* Completes with -ETIME after ns nanoseconds (CLOCK_MONOTONIC). */
void ring_timeout(struct ring *r, struct ring_op *op, uint64_t ns);
/* Ask for an operation in flight to end early; its own done() still comes, with -ECANCELED. */
void ring_cancel(struct ring *r, struct ring_op *op);

/* True on the event thread: for assertions. */
bool ring_here(const struct ring *r);

#endif
