// SPDX-License-Identifier: GPL-2.0-or-later
/* Progress letters through the debug console port; see stage.h. */
#include "guest/lab/l1/stage.h"

#include <sys/io.h>

void stage_report(enum stage s)
{
	if (ioperm(STAGE_PORT, 1, 1))
		return;
	outb((unsigned char)s, STAGE_PORT);
	(void)ioperm(STAGE_PORT, 1, 0); /* the program does not inherit it */
}
