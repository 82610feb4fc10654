/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run of a virtual machine seen from the user's side: its standard streams, terminal and
 * signals, and the exit status in the end.
 */
#ifndef VMM_CLI_SESSION_H
#define VMM_CLI_SESSION_H

#include "vmm/cli/files.h"
#include "vmm/cli/options.h"

/*
 * Boots the guest, runs o->command in it (or an interactive shell), waits for its end, prints the
 * counters if asked. timeout_s 0: none. Returns the process' exit status; failures have been printed.
 */
int session_run(const struct options *o, const struct guest_files *f, unsigned timeout_s);

#endif
