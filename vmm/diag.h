/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What went wrong, in the one form that users see:
 *
 *   shootdown: OBJECT: REASON
 *     HINT
 *
 * Functions below main() return negative errno. Those that set things up on the
 * user's behalf also fill a struct diag where the failure is best understood;
 * main() prints it once. No function below main() prints or exits.
 */
#ifndef VMM_DIAG_H
#define VMM_DIAG_H

#include <stdio.h>

struct diag {
	char object[192];
	char reason[256];
	char hint[320];
	int status; /* process exit status; 0 means 1 (failure) */
};

/* Exit statuses that scripts can rely on (docs/man/shootdown.1). */
enum {
	STATUS_OK = 0,
	STATUS_FAILURE = 1,
	STATUS_USAGE = 2,
	STATUS_FINDINGS = 42,
	STATUS_INCONCLUSIVE = 43,
	STATUS_MISSING = 77,
};

/*
 * Record a failure; returns err (negative errno) so that it can be the return
 * statement. hint may be NULL. d may be NULL: then only err is passed on.
 */
int diag_set(struct diag *d, int err, const char *object, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* As diag_set, with strerror(-err) as the reason. */
int diag_errno(struct diag *d, int err, const char *object, const char *hint);

/* As diag_set, for a wrong command line: the process is to end with status 2. */
int diag_usage(struct diag *d, const char *object, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* As diag_set, for a requirement that this machine lacks: status 77. */
int diag_missing(struct diag *d, const char *object, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Print in the form above; the status to exit with. */
int diag_print(const struct diag *d, FILE *to);

#endif
