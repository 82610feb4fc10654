/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records for the host (abi.h). Works at CPL0 and CPL3.
 */
#include "guest/micro/rt/internal.h"

static void send(struct micro_report *r)
{
	r->cpu = rt_cpu()->id;
	rt_outl(MICRO_PORT_REPORT, (uint32_t)(uintptr_t)r);
}

void rt_report(enum micro_kind kind, const char *file, unsigned line, const char *text, uint64_t a,
	       uint64_t b)
{
	struct micro_report *r = &rt_cpu()->report;

	*r = (struct micro_report){ .kind = kind,
				    .line = line,
				    .value = { a, b },
				    .file = (uintptr_t)file,
				    .text = (uintptr_t)text };
	send(r);
}

void rt_data(const void *p, size_t len)
{
	rt_report(MICRO_DATA, NULL, 0, NULL, (uintptr_t)p, len);
}

void rt_panic(const char *text, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct micro_report *r = &rt_cpu()->report;

	*r = (struct micro_report){ .kind = MICRO_PANIC,
				    .value = { a, b, c, d },
				    .text = (uintptr_t)text };
	send(r);
	for (;;)
		asm volatile("cli; hlt");
}
