/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event thread and its io_uring (liburing).
 *
 * The thread owns the ring and the list of operations in flight. The only state
 * shared with other threads is the list of posted operations, under `lock`, and
 * the eventfd that announces it.
 */
#include "vmm/ring.h"

#include <errno.h>
#include <liburing.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define RING_ENTRIES 256

struct ring {
	struct io_uring uring;
	pthread_t thread;
	struct ring_op wake;	      /* reads the eventfd, always in flight */
	uint64_t wake_count;
	int wake_fd;
	struct ring_op *inflight;     /* head; event thread only */
	pthread_mutex_t lock;	      /* guards the rest */
	struct ring_op *posted, **posted_tail;
	bool stopping;
};

static struct io_uring_sqe *get_sqe(struct ring *r)
{
	struct io_uring_sqe *sqe;

	while (!(sqe = io_uring_get_sqe(&r->uring)))
		io_uring_submit(&r->uring);
	return sqe;
}

static struct io_uring_sqe *begin(struct ring *r, struct ring_op *op)
{
	op->prev = NULL;
	op->next = r->inflight;
	if (r->inflight)
		r->inflight->prev = op;
	r->inflight = op;
	return get_sqe(r);
}

static void end(struct ring *r, struct ring_op *op)
{
	if (op->prev)
		op->prev->next = op->next;
	else
		r->inflight = op->next;
	if (op->next)
		op->next->prev = op->prev;
}

void ring_readv(struct ring *r, struct ring_op *op, int fd, const struct iovec *iov, unsigned n,
		uint64_t offset)
{
	struct io_uring_sqe *sqe = begin(r, op);

	io_uring_prep_readv(sqe, fd, iov, n, offset);
	io_uring_sqe_set_data(sqe, op);
}

void ring_writev(struct ring *r, struct ring_op *op, int fd, const struct iovec *iov, unsigned n,
		 uint64_t offset)
{
	struct io_uring_sqe *sqe = begin(r, op);

	io_uring_prep_writev(sqe, fd, iov, n, offset);
	io_uring_sqe_set_data(sqe, op);
}

void ring_read(struct ring *r, struct ring_op *op, int fd, void *buf, unsigned len)
{
	struct io_uring_sqe *sqe = begin(r, op);

	io_uring_prep_read(sqe, fd, buf, len, (uint64_t)-1);
	io_uring_sqe_set_data(sqe, op);
}

void ring_write(struct ring *r, struct ring_op *op, int fd, const void *buf, unsigned len)
{
	struct io_uring_sqe *sqe = begin(r, op);

	io_uring_prep_write(sqe, fd, buf, len, (uint64_t)-1);
	io_uring_sqe_set_data(sqe, op);
}

void ring_fdatasync(struct ring *r, struct ring_op *op, int fd)
{
	struct io_uring_sqe *sqe = begin(r, op);

	io_uring_prep_fsync(sqe, fd, IORING_FSYNC_DATASYNC);
	io_uring_sqe_set_data(sqe, op);
}

void ring_fallocate(struct ring *r, struct ring_op *op, int fd, int mode, uint64_t offset,
		    uint64_t len)
{
	struct io_uring_sqe *sqe = begin(r, op);

	io_uring_prep_fallocate(sqe, fd, mode, (off_t)offset, (off_t)len);
	io_uring_sqe_set_data(sqe, op);
}

void ring_poll(struct ring *r, struct ring_op *op, int fd, unsigned events)
{
	struct io_uring_sqe *sqe = begin(r, op);

	io_uring_prep_poll_add(sqe, fd, events);
	io_uring_sqe_set_data(sqe, op);
}

void ring_timeout(struct ring *r, struct ring_op *op, uint64_t ns)
{
	struct io_uring_sqe *sqe = begin(r, op);
	struct __kernel_timespec ts = {
		.tv_sec = (int64_t)(ns / 1000000000),
		.tv_nsec = (long long)(ns % 1000000000),
	};

	io_uring_prep_timeout(sqe, &ts, 0, 0);
	io_uring_sqe_set_data(sqe, op);
	/* The kernel reads ts at submission, and ts lives no longer than this call. */
	io_uring_submit(&r->uring);
}

void ring_cancel(struct ring *r, struct ring_op *op)
{
	struct io_uring_sqe *sqe = get_sqe(r);

	io_uring_prep_cancel(sqe, op, 0);
	io_uring_sqe_set_data(sqe, NULL);
}

void ring_post(struct ring *r, struct ring_op *op)
{
	uint64_t one = 1;
	bool first;

	op->next = NULL;
	pthread_mutex_lock(&r->lock);
	first = !r->posted;
	*r->posted_tail = op;
	r->posted_tail = &op->next;
	pthread_mutex_unlock(&r->lock);
	/* Only the post that found the list empty announces it: the reader takes the whole list. */
	while (first && write(r->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

bool ring_here(const struct ring *r)
{
	return pthread_equal(pthread_self(), r->thread);
}

static void run_posted(struct ring *r)
{
	struct ring_op *op, *next;

	pthread_mutex_lock(&r->lock);
	op = r->posted;
	r->posted = NULL;
	r->posted_tail = &r->posted;
	pthread_mutex_unlock(&r->lock);
	for (; op; op = next) {
		next = op->next;
		op->done(op, 0);
	}
}

static void on_wake(struct ring_op *op, int res)
{
	struct ring *r = (struct ring *)((char *)op - offsetof(struct ring, wake));

	run_posted(r);
	if (res != -ECANCELED)
		ring_read(r, &r->wake, r->wake_fd, &r->wake_count, sizeof(r->wake_count));
}

static bool stopping(struct ring *r)
{
	bool s;

	pthread_mutex_lock(&r->lock);
	s = r->stopping;
	pthread_mutex_unlock(&r->lock);
	return s;
}

static void reap(struct ring *r)
{
	struct io_uring_cqe *cqe;

	while (io_uring_peek_cqe(&r->uring, &cqe) == 0) {
		struct ring_op *op = io_uring_cqe_get_data(cqe);
		int res = cqe->res;

		io_uring_cqe_seen(&r->uring, cqe);
		if (!op)
			continue;
		end(r, op);
		op->done(op, res);
	}
}

/* done() functions may submit again while everything is being cancelled: go on until none is left. */
static void cancel_all(struct ring *r)
{
	while (r->inflight) {
		for (struct ring_op *op = r->inflight; op; op = op->next)
			ring_cancel(r, op);
		if (io_uring_submit_and_wait(&r->uring, 1) < 0)
			continue;
		reap(r);
	}
}

static void *ring_thread(void *arg)
{
	struct ring *r = arg;

	pthread_setname_np(pthread_self(), "events");
	ring_read(r, &r->wake, r->wake_fd, &r->wake_count, sizeof(r->wake_count));
	while (!stopping(r)) {
		io_uring_submit_and_wait(&r->uring, 1);
		reap(r);
	}
	cancel_all(r);
	return NULL;
}

int ring_create(struct ring **ret)
{
	struct ring *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->wake.done = on_wake;
	r->posted_tail = &r->posted;
	pthread_mutex_init(&r->lock, NULL);
	r->wake_fd = eventfd(0, EFD_CLOEXEC);
	err = r->wake_fd < 0 ? -errno : io_uring_queue_init(RING_ENTRIES, &r->uring, 0);
	if (err)
		goto fail;
	err = -pthread_create(&r->thread, NULL, ring_thread, r);
	if (err) {
		io_uring_queue_exit(&r->uring);
		goto fail;
	}
	*ret = r;
	return 0;
fail:
	if (r->wake_fd >= 0)
		close(r->wake_fd);
	free(r);
	return err;
}

void ring_destroy(struct ring *r)
{
	uint64_t one = 1;

	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stopping = true;
	pthread_mutex_unlock(&r->lock);
	while (write(r->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_join(r->thread, NULL);
	io_uring_queue_exit(&r->uring);
	close(r->wake_fd);
	pthread_mutex_destroy(&r->lock);
	free(r);
}
