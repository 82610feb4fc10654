/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtio-blk. See virtio_blk.h.
 *
 * Life of a request: notify() pops a chain into a free struct request, parse()
 * copies the header and checks everything, start() hands it to the ring, and its
 * completion pushes it back. All of it on the event thread, under the device's
 * lock.
 */
#include "devices/virtio_blk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/virtio_blk.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices/container.h"
#include "devices/disk.h"
#include "devices/iov.h"
#include "devices/virtio_mmio.h"

#define MAX_DISCARD_SECTORS (1u << 22) /* 2 GiB: one fallocate should not take for ever */
#define ID_STRING	    "shootdown"
#define MAX_RETRIES	    16 /* of a transfer that ends with EINTR or EAGAIN */

_Static_assert(sizeof(struct virtio_blk_outhdr) == 16, "virtio 1.2, 5.2.6");
_Static_assert(sizeof(struct virtio_blk_discard_write_zeroes) == 16, "virtio 1.2, 5.2.6");

struct request {
	struct ring_op op;
	struct virtio_blk *blk;
	struct request *next_free;
	struct virtq_chain chain;
	uint8_t *status;	/* the driver's status byte: last writable one */
	uint32_t type;
	uint64_t offset;	/* of what is left, in bytes */
	struct iovec *iov;	/* data that is left, inside chain.iov */
	unsigned n;
	uint64_t left;		/* bytes */
	uint64_t written;	/* into the driver's buffers so far */
	unsigned retries;
	bool punch;		/* zero by making a hole */
};

struct virtio_blk {
	struct virtio_device dev;
	struct virtio_blk_config config;
	int fd;
	bool ro;
	uint64_t sectors;
	struct request *free;
	struct request request[VIRTIO_BLK_REQUESTS];
};

static struct virtio_blk *of_device(struct virtio_device *d)
{
	return container_of(d, struct virtio_blk, dev);
}

/* --- completion --------------------------------------------------------------------- */

static void pull(struct virtio_blk *b);

static void finish(struct request *r, uint8_t status)
{
	struct virtio_blk *b = r->blk;

	*r->status = status;
	virtio_push(&b->dev, 0, r->chain.head, (uint32_t)(r->written + 1));
	r->next_free = b->free;
	b->free = r;
}

/* From a completion on the event thread: a request is free again, so others may come. */
static void finish_io(struct request *r, uint8_t status)
{
	bool was_full = !r->blk->free;

	finish(r, status);
	if (was_full)
		pull(r->blk);
}

static void start_transfer(struct request *r);

/* Whether to try again what ended with res. */
static bool again(struct request *r, int res)
{
	return (res == -EINTR || res == -EAGAIN) && ++r->retries <= MAX_RETRIES;
}

static void on_synced(struct ring_op *op, int res)
{
	struct request *r = container_of(op, struct request, op);

	virtio_lock(&r->blk->dev);
	if (again(r, res))
		ring_fdatasync(r->blk->dev.m->ring, op, r->blk->fd);
	else
		finish_io(r, res < 0 ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK);
	virtio_unlock(&r->blk->dev);
}

static void start_sync(struct request *r)
{
	r->op.done = on_synced;
	ring_fdatasync(r->blk->dev.m->ring, &r->op, r->blk->fd);
}

static void transferred(struct request *r)
{
	if (r->type == VIRTIO_BLK_T_OUT && !virtio_has(&r->blk->dev, VIRTIO_BLK_F_FLUSH))
		start_sync(r); /* the driver counts on write-through */
	else
		finish_io(r, VIRTIO_BLK_S_OK);
}

static void on_transferred(struct ring_op *op, int res)
{
	struct request *r = container_of(op, struct request, op);

	virtio_lock(&r->blk->dev);
	if (res > 0) {
		r->offset += (unsigned)res;
		r->left -= (unsigned)res;
		if (r->type == VIRTIO_BLK_T_IN)
			r->written += (unsigned)res;
		iov_skip(&r->iov, &r->n, (unsigned)res);
	}
	if (res > 0 && r->left == 0)
		transferred(r);
	else if (res > 0 || again(r, res))
		start_transfer(r); /* short: go on with the rest */
	else
		finish_io(r, VIRTIO_BLK_S_IOERR); /* 0: the file became shorter */
	virtio_unlock(&r->blk->dev);
}

static void start_transfer(struct request *r)
{
	struct ring *ring = r->blk->dev.m->ring;

	r->op.done = on_transferred;
	if (r->type == VIRTIO_BLK_T_IN)
		ring_readv(ring, &r->op, r->blk->fd, r->iov, r->n, r->offset);
	else
		ring_writev(ring, &r->op, r->blk->fd, r->iov, r->n, r->offset);
}

/* --- discard and write zeroes ------------------------------------------------------- */

static void start_zero(struct request *r);

/*
 * Not every file system can make holes. A discard may leave things as they are
 * (5.2.6.2); zeroes must be zeroes, so there the driver is told and writes them itself.
 */
static void on_zeroed(struct ring_op *op, int res)
{
	struct request *r = container_of(op, struct request, op);

	virtio_lock(&r->blk->dev);
	if (again(r, res)) {
		start_zero(r);
	} else if (res == -EOPNOTSUPP && !r->punch) {
		r->punch = true; /* a hole reads as zeroes, too */
		start_zero(r);
	} else if (res == -EOPNOTSUPP) {
		finish_io(r, r->type == VIRTIO_BLK_T_DISCARD ? VIRTIO_BLK_S_OK : VIRTIO_BLK_S_UNSUPP);
	} else if (res < 0) {
		finish_io(r, VIRTIO_BLK_S_IOERR);
	} else if (!virtio_has(&r->blk->dev, VIRTIO_BLK_F_FLUSH)) {
		start_sync(r);
	} else {
		finish_io(r, VIRTIO_BLK_S_OK);
	}
	virtio_unlock(&r->blk->dev);
}

static void start_zero(struct request *r)
{
	int mode = r->punch ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE;

	r->op.done = on_zeroed;
	ring_fallocate(r->blk->dev.m->ring, &r->op, r->blk->fd, mode | FALLOC_FL_KEEP_SIZE,
		       r->offset, r->left);
}

/* --- from the driver ---------------------------------------------------------------- */

/* Whether [sector, sector + bytes) lies on the disk; both come from the guest. */
static bool on_disk(const struct virtio_blk *b, uint64_t sector, uint64_t bytes)
{
	uint64_t n = bytes / DISK_SECTOR;

	return bytes % DISK_SECTOR == 0 && sector <= b->sectors && n <= b->sectors - sector;
}

static int parse_transfer(struct request *r, uint64_t sector)
{
	struct virtq_chain *c = &r->chain;

	r->iov = c->iov;
	if (r->type == VIRTIO_BLK_T_OUT) {
		r->n = c->out;
		r->left = c->out_len - sizeof(struct virtio_blk_outhdr);
		iov_skip(&r->iov, &r->n, sizeof(struct virtio_blk_outhdr));
	} else {
		r->iov += c->out;
		r->left = c->in_len - 1;
		r->n = iov_cut(r->iov, c->in, r->left);
	}
	if (r->type == VIRTIO_BLK_T_OUT && r->blk->ro)
		return VIRTIO_BLK_S_IOERR;
	if (!on_disk(r->blk, sector, r->left))
		return VIRTIO_BLK_S_IOERR;
	r->offset = sector * DISK_SECTOR;
	return VIRTIO_BLK_S_OK;
}

static int parse_zero(struct request *r)
{
	bool zeroes = r->type == VIRTIO_BLK_T_WRITE_ZEROES;
	uint32_t allowed = zeroes ? VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP : 0;
	struct virtio_blk_discard_write_zeroes s;
	uint64_t bytes;

	if (r->blk->ro)
		return VIRTIO_BLK_S_IOERR;
	if (r->chain.out_len != sizeof(struct virtio_blk_outhdr) + sizeof(s))
		return VIRTIO_BLK_S_UNSUPP; /* one segment is what the configuration allows */
	iov_read(r->chain.iov, r->chain.out, sizeof(struct virtio_blk_outhdr), &s, sizeof(s));
	if (s.flags & ~allowed)
		return VIRTIO_BLK_S_UNSUPP;
	bytes = (uint64_t)s.num_sectors * DISK_SECTOR;
	if (s.num_sectors == 0 || s.num_sectors > MAX_DISCARD_SECTORS ||
	    !on_disk(r->blk, s.sector, bytes))
		return VIRTIO_BLK_S_IOERR;
	r->offset = s.sector * DISK_SECTOR;
	r->left = bytes;
	r->punch = !zeroes || s.flags;
	return VIRTIO_BLK_S_OK;
}

static void get_id(struct request *r)
{
	char id[VIRTIO_BLK_ID_BYTES] = ID_STRING;
	size_t room = r->chain.in_len - 1 < sizeof(id) ? r->chain.in_len - 1 : sizeof(id);

	r->written = iov_write(r->chain.iov + r->chain.out, r->chain.in, 0, id, room);
	finish(r, VIRTIO_BLK_S_OK);
}

/* Finishes requests that need no I/O at once, starts the others. */
static void start(struct request *r, uint64_t sector)
{
	int status = VIRTIO_BLK_S_UNSUPP;

	switch (r->type) {
	case VIRTIO_BLK_T_IN:
	case VIRTIO_BLK_T_OUT:
		status = parse_transfer(r, sector);
		if (status == VIRTIO_BLK_S_OK && r->left) {
			start_transfer(r);
			return;
		}
		break;
	case VIRTIO_BLK_T_DISCARD:
	case VIRTIO_BLK_T_WRITE_ZEROES:
		status = parse_zero(r);
		if (status == VIRTIO_BLK_S_OK) {
			start_zero(r);
			return;
		}
		break;
	case VIRTIO_BLK_T_FLUSH:
		start_sync(r);
		return;
	case VIRTIO_BLK_T_GET_ID:
		get_id(r);
		return;
	default:
		break;
	}
	finish(r, (uint8_t)status);
}

/*
 * The parts that every request has: a readable header, a writable status byte at
 * the very end. Without them there is nowhere to report an error to.
 */
static bool accept(struct request *r)
{
	struct virtq_chain *c = &r->chain;
	struct virtio_blk_outhdr h;
	struct iovec *last = &c->iov[c->out + c->in - 1];

	if (c->in_len < 1 || iov_read(c->iov, c->out, 0, &h, sizeof(h)) < sizeof(h))
		return false;
	r->status = (uint8_t *)last->iov_base + last->iov_len - 1;
	r->type = h.type;
	r->written = 0;
	r->retries = 0;
	r->punch = false;
	start(r, h.sector);
	return true;
}

static void pull(struct virtio_blk *b)
{
	struct request *r;

	while ((r = b->free) && virtio_pop(&b->dev, 0, &r->chain)) {
		b->free = r->next_free;
		if (accept(r))
			continue;
		virtio_fail(&b->dev);
		virtio_push(&b->dev, 0, r->chain.head, 0); /* counts it as no longer in flight */
		r->next_free = b->free;
		b->free = r;
	}
}

static void notify(struct virtio_device *d, unsigned queue)
{
	pull(of_device(d));
}

static const struct virtio_ops blk_ops = {
	.name = "virtio-blk",
	.id = VIRTIO_ID_BLOCK,
	.queues = 1,
	.queue_max = VIRTIO_BLK_REQUESTS,
	.notify = notify,
};

/* --- life --------------------------------------------------------------------------- */

static uint64_t fill_config(struct virtio_blk *b)
{
	uint64_t features = VIRTIO_FEATURE(VIRTIO_BLK_F_SEG_MAX) |
			    VIRTIO_FEATURE(VIRTIO_BLK_F_BLK_SIZE) |
			    VIRTIO_FEATURE(VIRTIO_BLK_F_FLUSH);

	b->config = (struct virtio_blk_config){
		.capacity = b->sectors,
		.seg_max = VIRTQ_MAX_SEGS - 2, /* header and status take one each */
		.blk_size = DISK_SECTOR,
	};
	if (b->ro)
		return features | VIRTIO_FEATURE(VIRTIO_BLK_F_RO);
	b->config.max_discard_sectors = MAX_DISCARD_SECTORS;
	b->config.max_discard_seg = 1;
	b->config.discard_sector_alignment = 8;
	b->config.max_write_zeroes_sectors = MAX_DISCARD_SECTORS;
	b->config.max_write_zeroes_seg = 1;
	b->config.write_zeroes_may_unmap = 1;
	return features | VIRTIO_FEATURE(VIRTIO_BLK_F_DISCARD) |
	       VIRTIO_FEATURE(VIRTIO_BLK_F_WRITE_ZEROES);
}

int virtio_blk_create(struct virtio_blk **ret, struct machine *m, unsigned slot, const char *path,
		      bool ro, struct diag *d)
{
	struct virtio_blk *b = calloc(1, sizeof(*b));
	int err;

	if (!b)
		return diag_errno(d, -ENOMEM, path, NULL);
	b->ro = ro;
	b->fd = disk_open(path, ro, &b->sectors, d);
	if (b->fd < 0) {
		err = b->fd;
		free(b);
		return err;
	}
	for (unsigned i = 0; i < VIRTIO_BLK_REQUESTS; i++) {
		b->request[i].blk = b;
		b->request[i].next_free = b->free;
		b->free = &b->request[i];
	}
	err = virtio_create(&b->dev, m, slot, &blk_ops, fill_config(b), &b->config,
			    sizeof(b->config));
	if (err) {
		virtio_blk_destroy(b);
		return diag_set(d, err, path, err == -ENOSPC ? "use fewer disks" : NULL,
				"cannot be attached: %s", strerror(-err));
	}
	*ret = b;
	return 0;
}

void virtio_blk_destroy(struct virtio_blk *b)
{
	if (!b)
		return;
	virtio_destroy(&b->dev);
	close(b->fd);
	free(b);
}
