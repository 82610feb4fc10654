// SPDX-License-Identifier: GPL-2.0-or-later
/* Starting and ending QEMU; see qemu.h. */
#include "guest/lab/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/lab/place.h"
#include "guest/lab/qemu_args.h"

#define QEMU_NAME "qemu-system-x86_64"

/* --- finding ----------------------------------------------------------------------- */

static int search_path(char to[PATH_MAX])
{
	const char *path = getenv("PATH") ?: "/usr/local/bin:/usr/bin:/bin", *end;
	char candidate[PATH_MAX];

	for (;; path = end + 1) {
		end = strchrnul(path, ':');
		if (!place_format(candidate, "%.*s/" QEMU_NAME, (int)(end - path), path) &&
		    !access(candidate, X_OK))
			return place_format(to, "%s", candidate);
		if (!*end)
			return -ENOENT;
	}
}

int qemu_find(struct qemu_config *c, struct diag *d)
{
	const char *own = getenv("SHOOTDOWN_QEMU");
	int err;

	if (own && *own)
		err = access(own, X_OK) ? -errno : place_format(c->program, "%s", own);
	else
		err = search_path(c->program);
	if (!err)
		return 0;
	return diag_missing(d, own && *own ? own : QEMU_NAME,
			    "make deps, or: apt install qemu-system-x86",
			    "the lab needs QEMU and it is not here");
}

/* The emulated clock runs at the rate of this host's: a saved L1 is for this CPU. */
static void host_cpu(char *to, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "re");

	snprintf(to, size, "unknown CPU\n");
	while (f && fgets(to, (int)size, f))
		if (!strncmp(to, "model name", 10))
			break;
	if (f)
		fclose(f);
}

/* QEMU itself is named by what a package upgrade changes. */
int qemu_describe(const struct qemu_config *c, char **text)
{
	struct args a = { 0 };
	char cpu[256];
	struct stat st;
	size_t size;
	FILE *f;
	int err;

	if (stat(c->program, &st))
		return -errno;
	args_add(&a, "%s %lld %lld.%09ld", c->program, (long long)st.st_size,
		 (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	qemu_args_machine(&a, c);
	host_cpu(cpu, sizeof(cpu));
	f = a.err ? NULL : open_memstream(text, &size);
	if (f) {
		fputs(cpu, f);
		for (size_t i = 0; i < a.n; i++)
			fprintf(f, "%s\n", a.v[i]);
		if (fclose(f))
			a.err = -ENOMEM;
	} else {
		a.err = -ENOMEM;
	}
	err = a.err;
	args_free(&a);
	return err;
}

/* --- starting ---------------------------------------------------------------------- */

/* Both ends of each connection; ours first. */
struct wires {
	int channel[2], monitor[2], stage[2], console[2], errors[2];
};

static int open_wires(struct wires *w)
{
	const int type = SOCK_STREAM | SOCK_CLOEXEC;

	memset(w, 0xff, sizeof(*w));
	if (socketpair(AF_UNIX, type, 0, w->channel) || socketpair(AF_UNIX, type, 0, w->monitor) ||
	    socketpair(AF_UNIX, type, 0, w->stage) || pipe2(w->console, O_CLOEXEC) ||
	    pipe2(w->errors, O_CLOEXEC))
		return -errno;
	return 0;
}

static void close_end(const struct wires *w, int end)
{
	const int fds[] = { w->channel[end], w->monitor[end], w->stage[end], w->console[end],
			    w->errors[end] };

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* In the child: a process group of its own, so that Ctrl-C reaches only this program. */
static void __attribute__((noreturn)) child(const struct wires *w, char **argv, pid_t parent)
{
	static const int keep[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (size_t i = 0; i < sizeof(keep) / sizeof(*keep); i++)
		signal(keep[i], SIG_DFL);
	dup2(null, STDIN_FILENO);
	dup2(w->console[1], STDOUT_FILENO);
	dup2(w->errors[1], STDERR_FILENO);
	fcntl(w->channel[1], F_SETFD, 0);
	fcntl(w->monitor[1], F_SETFD, 0);
	fcntl(w->stage[1], F_SETFD, 0);
	execv(argv[0], argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static int launch(struct qemu *q, const struct wires *w, char **argv)
{
	pid_t parent = getpid();

	q->pid = fork();
	if (q->pid < 0) {
		q->pid = 0;
		return -errno;
	}
	if (!q->pid)
		child(w, argv, parent);
	q->pidfd = (int)syscall(SYS_pidfd_open, q->pid, 0);
	return q->pidfd < 0 ? -errno : 0;
}

static void take_wires(struct qemu *q, const struct wires *w)
{
	q->channel = w->channel[0];
	q->monitor = w->monitor[0];
	q->stage = w->stage[0];
	q->console = w->console[0];
	q->errors = w->errors[0];
	fcntl(q->channel, F_SETFL, O_RDWR | O_NONBLOCK);
	fcntl(q->stage, F_SETFL, O_RDWR | O_NONBLOCK);
	fcntl(q->console, F_SETFL, O_RDONLY | O_NONBLOCK);
	fcntl(q->errors, F_SETFL, O_RDONLY | O_NONBLOCK);
}

int qemu_start(struct qemu *q, const struct qemu_config *c, enum qemu_start how, const char *ram,
	       struct diag *d)
{
	struct args a = { 0 };
	struct wires w;
	int err = open_wires(&w);

	*q = (struct qemu){ .pidfd = -1 };
	if (!err) {
		args_add(&a, "%s", c->program);
		qemu_args_machine(&a, c);
		qemu_args_start(&a, c, how, ram);
		qemu_args_fds(&a, &(struct qemu_child_fds){ w.channel[1], w.monitor[1],
							     w.stage[1] });
		err = a.err;
	}
	if (!err)
		err = launch(q, &w, a.v);
	take_wires(q, &w);
	close_end(&w, 1);
	args_free(&a);
	if (!err)
		return 0;
	qemu_end(q);
	return diag_errno(d, err, "lab: QEMU", NULL);
}

void qemu_end(struct qemu *q)
{
	const int fds[] = { q->pidfd, q->channel, q->monitor, q->stage, q->console, q->errors };

	if (q->pid > 0) {
		(void)kill(q->pid, SIGKILL);
		while (waitpid(q->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] > 0)
			close(fds[i]);
	*q = (struct qemu){ .pidfd = -1 };
}
