/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The channel between a guest's agent (its /init) and the host: frames over a
 * virtio-serial port named CHANNEL_PORT_NAME. Byte-exact: it carries the guest
 * command's stdin, stdout, stderr and exit status, and is not the console.
 *
 * A frame is a header of 8 bytes, little-endian, then `len` bytes of payload.
 * The agent speaks first (HELLO). The host answers EXEC. Then STDIN frames go
 * down, STDOUT/STDERR frames come up, STDIN with len 0 is end of file, and EXIT
 * is the agent's last word. The host answers EXIT with BYE: it has everything, so
 * the agent may power off.
 *
 * One connection of the port is one conversation. When the host goes away the agent
 * ends the command; a host that connects (again) gets a new HELLO. Drivers show only
 * whether a host is connected now: one that comes back before the guest has looked is
 * taken for the one before. Stay away for as long as the guest may need to be scheduled.
 *
 * Flow control: a sender of STDIN may have at most CHANNEL_STDIN_WINDOW bytes
 * unacknowledged; the agent returns credit with STDIN_ACK (le32 bytes consumed).
 * Upwards the transport's own back pressure is enough.
 */
#ifndef GUEST_AGENT_CHANNEL_H
#define GUEST_AGENT_CHANNEL_H

#include <stdint.h>

#define CHANNEL_PORT_NAME    "org.shootdown.channel"
#define CHANNEL_VERSION      1
#define CHANNEL_MAX_PAYLOAD  16384u
#define CHANNEL_STDIN_WINDOW 65536u

struct channel_header {
	uint8_t type; /* enum channel_type */
	uint8_t zero[3];
	uint32_t len; /* payload bytes, at most CHANNEL_MAX_PAYLOAD */
};

enum channel_type {
	/* agent -> host */
	CHANNEL_HELLO = 'H',     /* le32 CHANNEL_VERSION */
	CHANNEL_STDOUT = 'o',    /* bytes */
	CHANNEL_STDERR = 'e',    /* bytes */
	CHANNEL_STDIN_ACK = 'a', /* le32: bytes of stdin handed to the command */
	CHANNEL_EXIT = 'x',      /* le32: exit status, 0..255; 128 + n for signal n */
	/* host -> agent */
	CHANNEL_EXEC = 'E',    /* see below */
	CHANNEL_STDIN = 'i',   /* bytes; empty: end of file */
	CHANNEL_SIGNAL = 's',  /* le32: signal for the command's process group */
	CHANNEL_WINSIZE = 'w', /* le16 rows, le16 columns: for a terminal */
	CHANNEL_BYE = 'b',     /* empty: EXIT and all that came before it arrived */
};

/*
 * EXEC payload: le32 flags, le16 rows, le16 columns, then NUL-terminated strings:
 * argc argument strings, an empty string, then KEY=VALUE environment strings, an
 * empty string, then the working directory. No arguments: an interactive shell.
 * It may span several EXEC frames: all but the last have CHANNEL_EXEC_MORE set in flags
 * (flags, rows and columns stand in every frame).
 *
 * flags >> CHANNEL_EXEC_ARGC_SHIFT is argc: an argument may itself be empty, so the
 * receiver counts arguments and takes the empty string after them as a check only.
 */
#define CHANNEL_EXEC_TTY        1u /* run it on a pseudo-terminal; stderr comes as stdout */
#define CHANNEL_EXEC_MORE       2u
#define CHANNEL_EXEC_ARGC_SHIFT 8

#endif
