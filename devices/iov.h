/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scatter-gather arithmetic on iovec arrays: copy at an offset, cut off the front
 * or the end. Devices must not care how a driver splits a buffer (virtio 1.2,
 * 2.7.4 "Message Framing"), so nothing here assumes one element per field.
 */
#ifndef DEVICES_IOV_H
#define DEVICES_IOV_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* Copy len bytes from / to position offset. Returns the bytes copied: less at the end. */
size_t iov_read(const struct iovec *iov, unsigned n, uint64_t offset, void *dst, size_t len);
size_t iov_write(const struct iovec *iov, unsigned n, uint64_t offset, const void *src, size_t len);

/*
 * Drop len bytes from the front: *iov and *n then describe the rest. The first
 * element left may be changed in place. Dropping more than there is leaves n = 0.
 */
void iov_skip(struct iovec **iov, unsigned *n, uint64_t len);

/* Keep the first len bytes only; returns the new number of elements. */
unsigned iov_cut(struct iovec *iov, unsigned n, uint64_t len);

#endif
