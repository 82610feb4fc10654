/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines for /dev/kmsg. It is opened each time: this is rare, and init has no state to lose. */
#include "guest/agent/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

__attribute__((format(printf, 2, 0))) static void log_line(int level, const char *fmt, va_list ap)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "<%d>shootdown: ", level);
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY);

	vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, ap);
	/* Without a kernel log there is nobody left to tell. */
	if (fd < 0)
		return;
	if (write(fd, line, strlen(line)) < 0)
		n = 0;
	close(fd);
}

void log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(3, fmt, ap);
	va_end(ap);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(6, fmt, ap);
	va_end(ap);
}
