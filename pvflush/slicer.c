/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A timer on the event thread that asks every vCPU to yield. */
#include "pvflush/slicer.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>

#include "vmm/machine.h"

struct slicer {
	struct ring_op op; /* posted once, then a timeout for ever */
	struct machine *m;
};

static void on_tick(struct ring_op *op, int res)
{
	struct slicer *s = (struct slicer *)((char *)op - offsetof(struct slicer, op));

	if (res == -ECANCELED)
		return;
	for (unsigned i = 0; i < s->m->vcpus; i++)
		vcpu_request(s->m->vcpu[i], VCPU_REQ_YIELD);
	ring_timeout(s->m->ring, &s->op, SLICE_NS);
}

int slicer_create(struct slicer **ret, struct machine *m)
{
	struct slicer *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->m = m;
	s->op.done = on_tick;
	ring_post(m->ring, &s->op);
	*ret = s;
	return 0;
}

void slicer_destroy(struct slicer *s)
{
	free(s);
}

void slicer_yield(void)
{
	sched_yield();
}
