/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest that the host tries its stop mechanisms on: at CPL0 and CPL3, it says what
 * comes, runs over the site, and says that it has passed. Should a mechanism end up
 * as a trap in here, that is no panic: the host sees that its stop did not come.
 */
#include "guest/micro/stops.h"

#include "guest/micro/rt/rt.h"

extern const uint8_t stop_site[];

static struct stop_sites sites;

static uint64_t body(uint64_t call)
{
	uint32_t what = (uint32_t)call;

	asm volatile("outl %%eax, %%dx\n\t"
		     "mov %2, %%al\n\t"
		     ".globl stop_site\n"
		     "stop_site: nop; nop; nop; nop"
		     : "+a"(what)
		     : "d"(MICRO_PORT_CALL), "i"(STOP_HIT)
		     : "memory");
	return 0;
}

static void one_round(enum stop_mech mech, enum rt_level level)
{
	struct rt_trap trap;

	rt_call(level, body, STOP_CALL(STOP_BEGIN, mech, level), &trap);
	rt_outl(MICRO_PORT_CALL, STOP_CALL(STOP_END, mech, level));
}

void micro_main(void)
{
	sites.site = (uint64_t)stop_site;
	rt_data(&sites, sizeof(sites));
	for (unsigned i = 0; i < STOP_ROUNDS; i++)
		for (unsigned m = 0; m < STOP_MECHS; m++) {
			one_round(m, RT_CPL0);
			one_round(m, RT_CPL3);
		}
}
