/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scatter-gather arithmetic. See iov.h. */
#include "devices/iov.h"

#include <string.h>

uint64_t iov_size(const struct iovec *iov, unsigned n)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += iov[i].iov_len;
	return sum;
}

size_t iov_read(const struct iovec *iov, unsigned n, uint64_t offset, void *dst, size_t len)
{
	size_t done = 0;

	for (unsigned i = 0; i < n && done < len; i++) {
		size_t part;

		if (offset >= iov[i].iov_len) {
			offset -= iov[i].iov_len;
			continue;
		}
		part = iov[i].iov_len - offset;
		part = part < len - done ? part : len - done;
		memcpy((char *)dst + done, (const char *)iov[i].iov_base + offset, part);
		done += part;
		offset = 0;
	}
	return done;
}

size_t iov_write(const struct iovec *iov, unsigned n, uint64_t offset, const void *src, size_t len)
{
	size_t done = 0;

	for (unsigned i = 0; i < n && done < len; i++) {
		size_t part;

		if (offset >= iov[i].iov_len) {
			offset -= iov[i].iov_len;
			continue;
		}
		part = iov[i].iov_len - offset;
		part = part < len - done ? part : len - done;
		memcpy((char *)iov[i].iov_base + offset, (const char *)src + done, part);
		done += part;
		offset = 0;
	}
	return done;
}

void iov_skip(struct iovec **iov, unsigned *n, uint64_t len)
{
	while (*n && len >= (*iov)->iov_len) {
		len -= (*iov)->iov_len;
		++*iov;
		--*n;
	}
	if (*n) {
		(*iov)->iov_base = (char *)(*iov)->iov_base + len;
		(*iov)->iov_len -= len;
	}
}

unsigned iov_cut(struct iovec *iov, unsigned n, uint64_t len)
{
	unsigned i = 0;

	for (; i < n && len; i++) {
		if (iov[i].iov_len > len)
			iov[i].iov_len = len;
		len -= iov[i].iov_len;
	}
	return i;
}
