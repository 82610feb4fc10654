/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the agent in L1 is told to execute: `/lab-setup enter ...` around the program. */
#ifndef GUEST_LAB_COMMAND_H
#define GUEST_LAB_COMMAND_H

#include "devices/channel_host.h"
#include "guest/lab/args.h"
#include "guest/lab/options.h"

struct command {
	struct args argv, env;
};

/*
 * Fills c: the program with its working directory, the time now and a random seed, and
 * the environment less what means nothing in L1. -ENOMEM, or negative errno of getcwd().
 */
int command_build(struct command *c, const struct lab_options *o, char *const *environment);
void command_free(struct command *c);

#endif
