/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running one guest: streams, signals, time limit, verdict. */
#include "vmm/cli/session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "devices/serial.h"
#include "vmm/cli/stats_out.h"
#include "vmm/cli/tty.h"
#include "vmm/cli/vm.h"

#define CONSOLE_KEEP (1 << 20) /* bytes of an unseen console kept for a post-mortem */
#define NOT_ENDED    INT_MIN
#define DRAIN_MS     1000
#define CONSOLE_SHOW 4000      /* of these, shown after a crash */
#define OFF_NS	     10000000000ull /* from the command's end to the guest's power-off */

struct session {
	const struct options *o;
	struct vm vm;
	struct tty tty;
	bool has_tty;
	int console_out, signal_fd;
	struct ring_op signal_op, limit_op, off_op, post_op;
	struct signalfd_siginfo info;
	unsigned timeout_s;
	int signals;	    /* how many came from outside */
	_Atomic int status; /* of the guest command; NOT_ENDED; negative errno: the channel failed */
	bool timed_out, terminated;
};

#define SESSION(op, field) ((struct session *)((char *)(op)-offsetof(struct session, field)))

/* ---- on the event thread ------------------------------------------------------------- */

static void on_off_limit(struct ring_op *op, int res)
{
	struct session *s = SESSION(op, off_op);

	if (res == -ETIME)
		machine_stop(s->vm.m, STOP_HOST, 0, NULL);
}

/* The command has ended and all its output is out: the agent syncs and powers off. */
static void on_exited(void *opaque, int status)
{
	struct session *s = opaque;

	atomic_store(&s->status, status);
	if (status < 0)
		machine_stop(s->vm.m, STOP_HOST, 0, NULL);
	else
		ring_timeout(s->vm.m->ring, &s->off_op, OFF_NS);
}

static void on_limit(struct ring_op *op, int res)
{
	struct session *s = SESSION(op, limit_op);

	if (res != -ETIME)
		return;
	s->timed_out = true;
	machine_stop(s->vm.m, STOP_HOST, 0, NULL);
}

/* The first SIGINT or SIGTERM goes to the guest's command, the second ends the machine. */
static void on_signal(struct ring_op *op, int res)
{
	struct session *s = SESSION(op, signal_op);
	uint16_t rows, columns;
	int sig = (int)s->info.ssi_signo;

	if (res != sizeof(s->info))
		return;
	if (sig == SIGWINCH) {
		tty_size(&rows, &columns);
		if (s->vm.channel)
			virtio_console_winsize(s->vm.channel, rows, columns);
	} else if (s->vm.channel && s->signals++ == 0) {
		virtio_console_signal(s->vm.channel, sig);
	} else {
		s->terminated = true;
		s->signals = sig;
		machine_stop(s->vm.m, STOP_HOST, 0, NULL);
	}
	ring_read(s->vm.m->ring, &s->signal_op, s->signal_fd, &s->info, sizeof(s->info));
}

static void on_start(struct ring_op *op, int res)
{
	struct session *s = SESSION(op, post_op);
	struct ring *r = s->vm.m->ring;

	ring_read(r, &s->signal_op, s->signal_fd, &s->info, sizeof(s->info));
	if (s->timeout_s)
		ring_timeout(r, &s->limit_op, s->timeout_s * 1000000000ull);
}

/* ---- set-up ------------------------------------------------------------------------------ */

static int open_signals(struct session *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (s->has_tty)
		sigaddset(&set, SIGWINCH);
	signal(SIGPIPE, SIG_IGN);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL))
		return -EINVAL;
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	return s->signal_fd < 0 ? -errno : 0;
}

/* A console that nobody watches is kept, so that a crash can show its end. */
static int keep_console(void)
{
	int fd = memfd_create("console", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && (ftruncate(fd, CONSOLE_KEEP) < 0 ||
			fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) < 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* The console's output; in gets its input. Not closed: they last as long as the process. */
static int open_console(struct session *s, bool agent, int *in, struct diag *d)
{
	const struct options *o = s->o;
	int fd;

	*in = -1;
	switch (o->console) {
	case CONSOLE_NONE:
		return -1;
	case CONSOLE_STDIO:
		*in = agent ? -1 : STDIN_FILENO;
		return agent ? STDERR_FILENO : STDOUT_FILENO;
	case CONSOLE_FILE:
		fd = open(o->console_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		return fd < 0 ? diag_errno(d, -errno, o->console_path, NULL) - 1 : fd;
	default:
		if (!agent) {
			*in = STDIN_FILENO;
			return STDOUT_FILENO;
		}
		return o->verbose >= 2 ? STDERR_FILENO : keep_console();
	}
}

static void show_console(const struct session *s)
{
	char text[CONSOLE_SHOW];
	off_t end = lseek(s->console_out, 0, SEEK_CUR);
	off_t begin = end > CONSOLE_SHOW ? end - CONSOLE_SHOW : 0;
	ssize_t n;

	if (s->o->console != CONSOLE_DEFAULT || s->console_out <= STDERR_FILENO || end <= 0)
		return;
	/* No further than was written: the file was made at full size. */
	n = pread(s->console_out, text, (size_t)(end - begin), begin);
	if (n <= 0)
		return;
	fprintf(stderr, "--- the end of the guest's console ---\n");
	fwrite(text, 1, (size_t)n, stderr);
	fprintf(stderr, "---\n");
}

/* ---- the end ------------------------------------------------------------------------------- */

static int say(const struct session *s, const char *reason, const char *hint)
{
	struct diag d = { 0 };

	diag_set(&d, -EIO, "guest", hint, "%s", reason);
	diag_print(&d, stderr);
	show_console(s);
	return STATUS_FAILURE;
}

static int verdict(struct session *s, enum stop_reason why, bool agent)
{
	int status = atomic_load(&s->status);

	if (s->terminated)
		return 128 + s->signals;
	if (s->timed_out)
		return say(s, "time limit reached (--timeout)", NULL);
	if (why == STOP_CRASH) {
		diag_print(&s->vm.m->stop_diag, stderr);
		show_console(s);
		return STATUS_FAILURE;
	}
	if (why == STOP_DEBUG_EXIT)
		return (s->vm.m->stop_status << 1 | 1) & 0xff;
	if (status >= 0)
		return status;
	if (status != NOT_ENDED)
		return say(s, "the channel to its command failed", strerror(-status));
	if (why == STOP_RESET)
		return say(s, "it reset itself before the command ended (a kernel panic does so)",
			   "-vv shows its console");
	if (agent && s->o->command[0] && why == STOP_POWEROFF)
		return say(s, "it powered off before the command ended", "-vv shows its console");
	return STATUS_OK;
}

static char **guest_env(void)
{
	static char *env[] = { NULL, NULL };
	static char term[128];
	const char *t = getenv("TERM");

	snprintf(term, sizeof(term), "TERM=%s", t && isatty(STDIN_FILENO) ? t : "dumb");
	env[0] = term;
	return env;
}

static int run(struct session *s, const struct guest_files *f, struct diag *d)
{
	struct channel_config c = {
		.exec = { .argv = s->o->command, .env = guest_env(), .tty = s->has_tty },
		.in_fd = s->has_tty ? s->tty.fd : STDIN_FILENO,
		.out_fd = STDOUT_FILENO,
		.err_fd = STDERR_FILENO,
		.exited = on_exited,
		.opaque = s,
	};
	enum stop_reason why;
	int console_in, status, err;

	tty_size(&c.exec.rows, &c.exec.columns);
	s->console_out = open_console(s, f->agent, &console_in, d);
	if (s->console_out < -1)
		return s->console_out + 1;
	err = vm_create(&s->vm, s->o, f, f->agent ? &c : NULL, console_in, s->console_out, d);
	if (err)
		return err;
	ring_post(s->vm.m->ring, &s->post_op);
	if (s->has_tty)
		tty_start(&s->tty, s->vm.m);
	err = machine_start(s->vm.m, d);
	if (!err) {
		why = machine_wait(s->vm.m);
		if (s->vm.channel)
			virtio_console_drain(s->vm.channel, DRAIN_MS);
		serial_drain(s->vm.serial, DRAIN_MS);
		machine_quiesce(s->vm.m);
		if (s->has_tty)
			tty_close(&s->tty);
		s->has_tty = false;
		status = verdict(s, why, f->agent);
		err = stats_out(s->o, s->vm.m, tlb_stats(s->vm.tlb), d);
	}
	vm_destroy(&s->vm);
	return err ? err : status;
}

int session_run(const struct options *o, const struct guest_files *f, unsigned timeout_s)
{
	struct session s = {
		.o = o,
		.timeout_s = timeout_s,
		.status = NOT_ENDED,
		.signal_op.done = on_signal,
		.limit_op.done = on_limit,
		.off_op.done = on_off_limit,
		.post_op.done = on_start,
	};
	struct diag d = { 0 };
	int r;

	s.has_tty = f->agent && !o->command[0] && isatty(STDIN_FILENO) && tty_open(&s.tty) == 0;
	r = open_signals(&s);
	if (r)
		diag_errno(&d, r, "signalfd", NULL);
	else
		r = run(&s, f, &d);
	if (s.has_tty)
		tty_close(&s.tty);
	return r < 0 ? diag_print(&d, stderr) : r;
}
