/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding and running helper programs. */
#include "vmm/cli/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int spawn_find(char *path, size_t size, const char *kind, const char *name, struct diag *d)
{
	static const char *const place[] = { "%s/%s/%s", "%s/../libexec/shootdown/%s/%s" };
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return diag_errno(d, -errno, "/proc/self/exe", "is /proc mounted?");
	self[n] = 0;
	*strrchr(self, '/') = 0;
	for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		int len = snprintf(path, size, place[i], self, kind, name);
#pragma GCC diagnostic pop
		if (len > 0 && (size_t)len < size && access(path, R_OK) == 0)
			return 0;
	}
	return diag_set(d, -ENOENT, name, "build everything with 'make', or reinstall",
			"a program that belongs to shootdown is missing (looked beside %s)", self);
}

static size_t read_all(int fd, char *out, size_t size)
{
	char scrap[512];
	size_t n = 0;
	ssize_t r;

	for (;;) {
		size_t room = size - 1 - n;

		r = room ? read(fd, out + n, room) : read(fd, scrap, sizeof(scrap));
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			break;
		if (room)
			n += (size_t)r;
	}
	while (n && out[n - 1] == '\n')
		n--;
	out[n] = 0;
	return n;
}

int spawn_capture(char *const argv[], char *out, size_t size, struct diag *d)
{
	posix_spawn_file_actions_t fa;
	int pipefd[2] = { -1, -1 }, status, err;
	pid_t pid;

	if (out && pipe2(pipefd, O_CLOEXEC) < 0)
		return diag_errno(d, -errno, argv[0], NULL);
	posix_spawn_file_actions_init(&fa);
	if (out)
		posix_spawn_file_actions_adddup2(&fa, pipefd[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	err = posix_spawn(&pid, argv[0], &fa, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	if (out) {
		close(pipefd[1]);
		if (!err)
			read_all(pipefd[0], out, size);
		close(pipefd[0]);
	}
	if (err)
		return diag_errno(d, -err, argv[0], NULL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status))
		return diag_set(d, -EINTR, argv[0], NULL, "killed by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}
