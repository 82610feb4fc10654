/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scatter-gather arithmetic. See iov.h. */
#include "devices/iov.h"

#include <string.h>

/*
 * The next contiguous piece at *offset, at most want bytes: its length, 0 at the end. Moves *i and
 * *offset past it.
 */
static size_t piece(const struct iovec *iov, unsigned n, unsigned *i, uint64_t *offset, size_t want,
		    char **at)
{
	size_t len;

	while (*i < n && *offset >= iov[*i].iov_len)
		*offset -= iov[(*i)++].iov_len;
	if (*i == n)
		return 0;
	len = iov[*i].iov_len - *offset;
	len = len < want ? len : want;
	*at = (char *)iov[*i].iov_base + *offset;
	*offset += len;
	return len;
}

size_t iov_read(const struct iovec *iov, unsigned n, uint64_t offset, void *dst, size_t len)
{
	size_t done = 0, part;
	unsigned i = 0;
	char *at;

	for (; done < len && (part = piece(iov, n, &i, &offset, len - done, &at)); done += part)
		memcpy((char *)dst + done, at, part);
	return done;
}

size_t iov_write(const struct iovec *iov, unsigned n, uint64_t offset, const void *src, size_t len)
{
	size_t done = 0, part;
	unsigned i = 0;
	char *at;

	for (; done < len && (part = piece(iov, n, &i, &offset, len - done, &at)); done += part)
		memcpy(at, (const char *)src + done, part);
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
