// SPDX-License-Identifier: GPL-2.0-or-later
/* Running a helper and reading the path that it prints. */
#include "guest/lab/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int start(pid_t *pid, char *const argv[], int out)
{
	posix_spawn_file_actions_t fa;
	int err = posix_spawn_file_actions_init(&fa);

	if (err)
		return -err;
	err = posix_spawn_file_actions_addopen(&fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&fa, out, STDOUT_FILENO);
	if (!err)
		err = posix_spawn(pid, argv[0], &fa, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	return -err;
}

/* Up to PATH_MAX - 1 bytes; what is more is read and dropped. */
static size_t read_all(int fd, char out[PATH_MAX])
{
	size_t have = 0;
	char scrap[256];
	ssize_t n;

	for (;;) {
		size_t room = PATH_MAX - 1 - have;

		n = room ? read(fd, out + have, room) : read(fd, scrap, sizeof(scrap));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += room ? (size_t)n : 0;
	}
	while (have && out[have - 1] == '\n')
		have--;
	out[have] = 0;
	return have;
}

int helper_path(char *const argv[], char out[PATH_MAX], struct diag *d)
{
	int fd[2], status = 0, err;
	size_t len = 0;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC))
		return diag_errno(d, -errno, argv[0], NULL);
	err = start(&pid, argv, fd[1]);
	close(fd[1]);
	if (!err)
		len = read_all(fd[0], out);
	close(fd[0]);
	if (err)
		return diag_errno(d, err, argv[0], NULL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		return diag_set(d, -EINTR, argv[0], NULL, "killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status)) {
		*d = (struct diag){ .status = WEXITSTATUS(status) };
		return -ECHILD;
	}
	return len ? 0 : diag_set(d, -EIO, argv[0], NULL, "printed no path");
}
