/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The slicer: with more vCPUs than CPUs somebody is always off the CPU, and only the
 * kernel knows who. The slicer makes each vCPU come out at an instruction boundary
 * every few milliseconds and give its CPU away by itself, so that most of the time
 * off the CPU is spent where this VMM can show it to the guest.
 */
#ifndef PVFLUSH_SLICER_H
#define PVFLUSH_SLICER_H

#include <stdint.h>

struct machine;
struct slicer;

#define SLICE_NS 3000000ull /* near the base slice of CFS and EEVDF */

/* Starts on m's event thread. 0, -ENOMEM. Destroy after machine_quiesce(). */
int slicer_create(struct slicer **ret, struct machine *m);
void slicer_destroy(struct slicer *s);

/* Give the CPU to another runnable thread, if there is one. */
void slicer_yield(void);

#endif
