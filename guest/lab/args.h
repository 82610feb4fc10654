/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing argument vector. */
#ifndef GUEST_LAB_ARGS_H
#define GUEST_LAB_ARGS_H

#include <stddef.h>

struct args {
	char **v; /* NULL-terminated once something was added */
	size_t n;
	int err;  /* -ENOMEM once an addition failed; later ones do nothing */
};

void args_add(struct args *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void args_free(struct args *a);

#endif
