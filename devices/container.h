/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a pointer to a member to the structure that holds it. */
#ifndef DEVICES_CONTAINER_H
#define DEVICES_CONTAINER_H

#include <stddef.h>

#define container_of(p, type, member) ((type *)(void *)((char *)(p) - offsetof(type, member)))

#endif
