/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One function per verb; each returns the exit status of the process. argv[0] is "shootdown VERB". */
#ifndef VMM_CLI_VERBS_H
#define VMM_CLI_VERBS_H

int cmd_run(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_lab(int argc, char **argv);

#endif
