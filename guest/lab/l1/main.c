// SPDX-License-Identifier: GPL-2.0-or-later
/* /lab-setup in L1: picks the use; see l1.h. */
#include <string.h>

#include "guest/lab/l1/l1.h"

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "enter"))
		return enter_main(argc - 1, argv + 1);
	return setup_main();
}
