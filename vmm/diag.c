/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Failure messages: recorded where they are understood, printed once by main(). */
#include "vmm/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

__attribute__((format(printf, 6, 0)))
static int record(struct diag *d, int err, int status, const char *object, const char *hint,
		  const char *fmt, va_list ap)
{
	if (!d)
		return err;
	d->status = status;
	snprintf(d->object, sizeof(d->object), "%s", object ? object : "");
	snprintf(d->hint, sizeof(d->hint), "%s", hint ? hint : "");
	vsnprintf(d->reason, sizeof(d->reason), fmt, ap);
	return err;
}

int diag_set(struct diag *d, int err, const char *object, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(d, err, STATUS_FAILURE, object, hint, fmt, ap);
	va_end(ap);
	return err;
}

int diag_errno(struct diag *d, int err, const char *object, const char *hint)
{
	return diag_set(d, err, object, hint, "%s", strerror(-err));
}

int diag_usage(struct diag *d, const char *object, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(d, -EINVAL, STATUS_USAGE, object, hint, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int diag_missing(struct diag *d, const char *object, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(d, -ENOTSUP, STATUS_MISSING, object, hint, fmt, ap);
	va_end(ap);
	return -ENOTSUP;
}

int diag_print(const struct diag *d, FILE *to)
{
	fprintf(to, "shootdown: %s: %s\n", d->object[0] ? d->object : "internal",
		d->reason[0] ? d->reason : "unknown failure");
	if (d->hint[0])
		fprintf(to, "  %s\n", d->hint);
	return d->status ? d->status : STATUS_FAILURE;
}
