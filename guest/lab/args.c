// SPDX-License-Identifier: GPL-2.0-or-later
/* A growing argument vector; errors are collected and looked at once. */
#include "guest/lab/args.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void args_add(struct args *a, const char *fmt, ...)
{
	va_list ap;
	char **grown = a->err ? NULL : realloc(a->v, (a->n + 2) * sizeof(*grown));

	if (!grown) {
		a->err = -ENOMEM;
		return;
	}
	a->v = grown;
	a->v[a->n + 1] = NULL;
	va_start(ap, fmt);
	if (vasprintf(&a->v[a->n], fmt, ap) < 0) {
		a->v[a->n] = NULL;
		a->err = -ENOMEM;
	}
	va_end(ap);
	if (!a->err)
		a->n++;
}

void args_free(struct args *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i]);
	free(a->v);
	*a = (struct args){ 0 };
}
