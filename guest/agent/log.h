/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's voice: the kernel log, as stdout and stderr belong to the command. */
#ifndef GUEST_AGENT_LOG_H
#define GUEST_AGENT_LOG_H

/* One line at level "error" (it reaches the console even with "quiet"). Never fails. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* One line at level "info". */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
