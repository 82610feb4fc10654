/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's terminal, when there is one. */
#ifndef GUEST_LAB_TERMINAL_H
#define GUEST_LAB_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

struct terminal {
	bool interactive; /* stdin and stdout are terminals: the program gets one, too */
	bool raw;
	struct termios saved;
};

void terminal_init(struct terminal *t);

/* 24 x 80 when the terminal does not know. */
void terminal_size(uint16_t *rows, uint16_t *columns);

/* Every key goes to the program, until terminal_restore(). Does nothing when not interactive. */
void terminal_raw(struct terminal *t);
void terminal_restore(struct terminal *t);

#endif
