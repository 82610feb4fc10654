/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of the planted defects. */
#include <errno.h>
#include <string.h>

#include "pvflush/tlb.h"

const char *const flush_mutant_names[] = {
	[MUTANT_NONE] = "none",
	[MUTANT_DROP_FLUSH] = "drop-flush",
	[MUTANT_EARLY_REPLY] = "early-reply",
	[MUTANT_LOST_PENDING] = "lost-pending",
	[MUTANT_SELF_MISSED] = "self-missed",
	NULL,
};

int flush_mutant_parse(const char *name, enum flush_mutant *ret)
{
	for (unsigned i = 0; flush_mutant_names[i]; i++) {
		if (strcmp(name, flush_mutant_names[i]) == 0) {
			*ret = (enum flush_mutant)i;
			return 0;
		}
	}
	return -EINVAL;
}
