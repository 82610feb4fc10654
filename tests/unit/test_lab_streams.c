// SPDX-License-Identifier: GPL-2.0-or-later
/* The lab's small parts that carry bytes: tails, queues, the command for L1, the cache. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest/lab/command.h"
#include "guest/lab/place.h"
#include "guest/lab/prune.h"
#include "guest/lab/queue.h"
#include "guest/lab/tail.h"

/* --- tail ---------------------------------------------------------------------------- */

static void tail_keeps_the_end(void **state)
{
	static struct tail t;
	char line[64];

	memset(&t, 0, sizeof(t));
	tail_line(&t, line, sizeof(line));
	assert_string_equal(line, "");
	for (unsigned i = 0; i < 3000; i++) {
		int n = snprintf(line, sizeof(line), "line %u\r\n", i);

		tail_put(&t, line, (size_t)n);
	}
	assert_int_equal(t.have, TAIL_SIZE);
	tail_line(&t, line, sizeof(line));
	assert_string_equal(line, "line 2999");
	tail_line(&t, line, 6);
	assert_string_equal(line, "line ");
}

static void tail_takes_more_than_its_size(void **state)
{
	static struct tail t;
	static char big[3 * TAIL_SIZE];
	char line[8];

	memset(&t, 0, sizeof(t));
	memset(big, 'a', sizeof(big));
	memcpy(big + sizeof(big) - 5, "\nend\n", 5);
	tail_put(&t, "x", 1);
	tail_put(&t, big, sizeof(big));
	assert_int_equal(t.have, TAIL_SIZE);
	tail_line(&t, line, sizeof(line));
	assert_string_equal(line, "end");
}

static void tail_prints_some_lines(void **state)
{
	static struct tail t;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	memset(&t, 0, sizeof(t));
	tail_put(&t, "one\n\ntwo\r\nth\033ree", 16);
	tail_print(&t, 2, "> ", f);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, "> two\n> th.ree\n");
	free(text);
}

static void tail_finds_the_last_match(void **state)
{
	static struct tail t;
	char line[32] = "untouched";

	memset(&t, 0, sizeof(t));
	assert_false(tail_find(&t, "panic", line, sizeof(line)));
	tail_put(&t, "panic one\r\n\r\na panic two\r\nend", 29);
	assert_true(tail_find(&t, "panic", line, sizeof(line)));
	assert_string_equal(line, "a panic two");
	assert_true(tail_find(&t, "one", line, sizeof(line)));
	assert_string_equal(line, "panic one");
	assert_false(tail_find(&t, "three", line, sizeof(line)));
	assert_string_equal(line, "panic one");
}

/* --- queue --------------------------------------------------------------------------- */

static void queue_is_exact_and_never_blocks(void **state)
{
	enum { TOTAL = 1 << 20 };
	unsigned char *sent = malloc(TOTAL), *got = malloc(TOTAL);
	size_t put = 0, have = 0;
	struct queue q;
	int fd[2];

	assert_non_null(sent);
	assert_non_null(got);
	for (size_t i = 0; i < TOTAL; i++)
		sent[i] = (unsigned char)(i * 7 + (i >> 8));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	queue_init(&q, fd[0], true);
	while (have < TOTAL) {
		size_t n = TOTAL - put < 40000 ? TOTAL - put : 40000;
		ssize_t r;

		queue_put(&q, sent + put, n);
		put += n;
		queue_write(&q); /* no more than the socket holds: returns */
		queue_write(&q);
		r = recv(fd[1], got + have, 30000, MSG_DONTWAIT);
		have += r > 0 ? (size_t)r : 0;
	}
	assert_int_equal(queue_len(&q), 0);
	assert_memory_equal(sent, got, TOTAL);
	queue_free(&q);
	close(fd[0]);
	close(fd[1]);
	free(sent);
	free(got);
}

static void queue_notices_a_lost_reader(void **state)
{
	struct queue q;
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	close(fd[1]);
	queue_init(&q, fd[0], true);
	queue_put(&q, "abc", 3);
	queue_write(&q);
	assert_true(q.broken);
	assert_int_equal(q.error, -EPIPE);
	assert_int_equal(queue_len(&q), 0);
	queue_put(&q, "more", 4);
	assert_int_equal(queue_len(&q), 0);
	queue_free(&q);
	close(fd[0]);
}

/* --- command --------------------------------------------------------------------------- */

static void command_wraps_the_program(void **state)
{
	char a0[] = "prog", a1[] = "", a2[] = "--", e0[] = "A=b", e1[] = "DISPLAY=:0",
	     e2[] = "DISPLAYS=x", e3[] = "SHOOTDOWN_LAB=1", e4[] = "=bad";
	char *program[] = { a0, a1, a2, NULL }, *env[] = { e0, e1, e2, e3, e4, NULL };
	struct lab_options o = { .npt = false, .program = program };
	char cwd[PATH_MAX];
	struct command c;
	char **v;

	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_int_equal(command_build(&c, &o, env), 0);
	v = c.argv.v;
	assert_int_equal(c.argv.n, 12);
	assert_string_equal(v[0], "/lab-setup");
	assert_string_equal(v[1], "enter");
	assert_string_equal(v[2], "-t");
	assert_non_null(strchr(v[3], '.'));
	assert_string_equal(v[4], "-s");
	assert_int_equal(strlen(v[5]), 64);
	assert_string_equal(v[6], "-C");
	assert_string_equal(v[7], cwd);
	assert_string_equal(v[8], "--");
	assert_string_equal(v[9], "prog");
	assert_string_equal(v[10], "");
	assert_string_equal(v[11], "--");
	assert_null(v[12]);
	assert_int_equal(c.env.n, 3);
	assert_string_equal(c.env.v[0], "A=b");
	assert_string_equal(c.env.v[1], "DISPLAYS=x");
	assert_string_equal(c.env.v[2], "SHOOTDOWN_LAB=npt0");
	command_free(&c);
}

static void seeds_differ(void **state)
{
	char a0[] = "x";
	char *program[] = { a0, NULL }, *env[] = { NULL };
	struct lab_options o = { .program = program };
	struct command one, two;

	assert_int_equal(command_build(&one, &o, env), 0);
	assert_int_equal(command_build(&two, &o, env), 0);
	assert_string_not_equal(one.argv.v[5], two.argv.v[5]);
	command_free(&one);
	command_free(&two);
}

/* --- place and prune --------------------------------------------------------------------- */

static int make_tmp(void **state)
{
	static char dir[] = "/tmp/test_lab.XXXXXX";

	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	*state = mkdtemp(dir);
	return !*state;
}

static int remove_tmp(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
	return system(command);
}

static void cache_is_where_the_environment_says(void **state)
{
	char path[PATH_MAX], want[PATH_MAX];
	struct diag d = { 0 };
	struct stat st;

	unsetenv("SHOOTDOWN_CACHE");
	assert_int_equal(setenv("XDG_CACHE_HOME", *state, 1), 0);
	assert_int_equal(place_cache(path, "a/b", &d), 0);
	snprintf(want, sizeof(want), "%s/shootdown/a/b", (char *)*state);
	assert_string_equal(path, want);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	snprintf(want, sizeof(want), "%s/own", (char *)*state);
	assert_int_equal(setenv("SHOOTDOWN_CACHE", want, 1), 0);
	assert_int_equal(place_cache(path, "a", &d), 0);
	strcat(want, "/a");
	assert_string_equal(path, want);
	assert_int_equal(setenv("SHOOTDOWN_CACHE", "/dev/null", 1), 0);
	assert_int_equal(place_cache(path, "a", &d), -ENOTDIR);
	assert_string_equal(d.object, "/dev/null/a");
	unsetenv("SHOOTDOWN_CACHE");
	unsetenv("HOME");
	assert_int_equal(setenv("XDG_CACHE_HOME", "", 1), 0);
	assert_int_equal(place_cache(path, "a", &d), -ENOENT);
}

static void locks_conflict_as_they_should(void **state)
{
	int one, two, three;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/lock", (char *)*state);
	assert_int_equal(place_lock(&one, path, false, false), 0);
	assert_int_equal(place_lock(&two, path, false, false), 0);
	assert_int_equal(place_lock(&three, path, true, false), -EWOULDBLOCK);
	close(one);
	close(two);
	assert_int_equal(place_lock(&three, path, true, false), 0);
	assert_int_equal(place_lock(&one, path, false, false), -EWOULDBLOCK);
	close(three);
}

static void make_snapshot(const char *dir, unsigned n, time_t used)
{
	struct timespec times[2] = { { .tv_sec = used }, { .tv_sec = used } };
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%016x", dir, n);
	assert_int_equal(mkdir(path, 0777), 0);
	strcat(path, "/key");
	fd = open(path, O_WRONLY | O_CREAT, 0666);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static bool snapshot_is_there(const char *dir, unsigned n)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%016x", dir, n);
	return !access(path, F_OK);
}

/* The oldest go, but neither the one to keep nor one in use. */
static void prune_removes_the_oldest(void **state)
{
	char keep[PATH_MAX], lock[PATH_MAX], other[PATH_MAX];
	const char *dir = *state;
	int fd;

	for (unsigned i = 0; i < PRUNE_KEEP + 4; i++)
		make_snapshot(dir, i, 1000 - (time_t)i);
	snprintf(other, sizeof(other), "%s/vmlinux-1", dir);
	assert_int_equal(mkdir(other, 0777), 0);
	snprintf(keep, sizeof(keep), "%s/%016x", dir, PRUNE_KEEP + 3);
	snprintf(lock, sizeof(lock), "%s/%016x.lock", dir, PRUNE_KEEP + 1);
	assert_int_equal(place_lock(&fd, lock, false, false), 0);
	prune(dir, keep);
	close(fd);
	for (unsigned i = 0; i < PRUNE_KEEP + 4; i++)
		assert_int_equal(snapshot_is_there(dir, i),
				 i != PRUNE_KEEP && i != PRUNE_KEEP + 2);
	assert_int_equal(access(other, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tail_keeps_the_end),
		cmocka_unit_test(tail_takes_more_than_its_size),
		cmocka_unit_test(tail_prints_some_lines),
		cmocka_unit_test(tail_finds_the_last_match),
		cmocka_unit_test(queue_is_exact_and_never_blocks),
		cmocka_unit_test(queue_notices_a_lost_reader),
		cmocka_unit_test(command_wraps_the_program),
		cmocka_unit_test(seeds_differ),
		cmocka_unit_test_setup_teardown(cache_is_where_the_environment_says, make_tmp,
						remove_tmp),
		cmocka_unit_test_setup_teardown(locks_conflict_as_they_should, make_tmp,
						remove_tmp),
		cmocka_unit_test_setup_teardown(prune_removes_the_oldest, make_tmp, remove_tmp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
