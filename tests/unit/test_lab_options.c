// SPDX-License-Identifier: GPL-2.0-or-later
/* The lab's command line: what it accepts, and how it names what it does not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guest/lab/options.h"

#define ARGS_MAX 24

/* Splits a line at blanks and parses it; the words live until the next call. */
static int parse(struct lab_options *o, struct diag *d, const char *line)
{
	static char words[256];
	static char *argv[ARGS_MAX];
	int argc = 0;

	memset(d, 0, sizeof(*d));
	snprintf(words, sizeof(words), "lab %s", line);
	for (char *p = strtok(words, " "); p && argc < ARGS_MAX - 1; p = strtok(NULL, " "))
		argv[argc++] = p;
	argv[argc] = NULL;
	return options_parse(o, argc, argv, d);
}

static void defaults(void **state)
{
	struct lab_options o;
	struct diag d;

	assert_int_equal(parse(&o, &d, "-- true"), 0);
	assert_true(o.npt);
	assert_int_equal(o.cpus, 2);
	assert_true(o.memory == 2ull << 30);
	assert_int_equal(o.timeout, 0);
	assert_false(o.fresh || o.no_snapshot || o.verbose || o.quiet || o.help);
	assert_string_equal(o.program[0], "true");
	assert_null(o.program[1]);
}

static void all_options(void **state)
{
	struct lab_options o;
	struct diag d;

	assert_int_equal(parse(&o, &d, "--npt 0 -c 4 --memory 6G --fresh --no-snapshot "
				       "--timeout 30 -v -q ls"), 0);
	assert_false(o.npt);
	assert_int_equal(o.cpus, 4);
	assert_true(o.memory == 6ull << 30);
	assert_int_equal(o.timeout, 30);
	assert_true(o.fresh && o.no_snapshot && o.verbose && o.quiet);
	assert_string_equal(o.program[0], "ls");
}

/* The program's own options are not the lab's, with and without the dashes between. */
static void program_keeps_its_options(void **state)
{
	struct lab_options o;
	struct diag d;

	assert_int_equal(parse(&o, &d, "ls --npt 7 -v"), 0);
	assert_true(o.npt);
	assert_false(o.verbose);
	assert_string_equal(o.program[1], "--npt");
	assert_int_equal(parse(&o, &d, "-- --npt"), 0);
	assert_string_equal(o.program[0], "--npt");
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes; /* 0: refused */
	} rows[] = {
		{ "256M", 256ull << 20 }, { "2048m", 2ull << 30 },  { "3g", 3ull << 30 },
		{ "1T", 1ull << 40 },	  { "536870912", 512 << 20 }, { "262144K", 256 << 20 },
		{ "255M", 0 },		  { "2T", 0 },		    { "536870913", 0 },
		{ "", 0 },		  { "-1G", 0 },		    { "1.5G", 0 },
		{ "2GB", 0 },		  { "G", 0 },		    { "18446744073709551615T", 0 },
		{ "99999999999999999999", 0 },
	};
	struct lab_options o;
	struct diag d;
	char memory[] = "-m", dashes[] = "--", program[] = "x", name[] = "lab";

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[32];
		char *argv[] = { name, memory, text, dashes, program, NULL };
		int err;

		snprintf(text, sizeof(text), "%s", rows[i].text);
		memset(&d, 0, sizeof(d));
		err = options_parse(&o, 5, argv, &d);
		if (!!err != !rows[i].bytes)
			fail_msg("'%s': %d", rows[i].text, err);
		if (!err)
			assert_true(o.memory == rows[i].bytes);
		else
			assert_int_equal(d.status, STATUS_USAGE);
	}
}

static void refusals(void **state)
{
	static const struct {
		const char *line, *object, *reason;
	} rows[] = {
		{ "", "lab", "no program to run" },
		{ "-v", "lab", "no program to run" },
		{ "--npt 2 x", "lab: --npt", "'2' is not 0 or 1" },
		{ "--npt x x", "lab: --npt", "'x' is not 0 or 1" },
		{ "-c 0 x", "lab: --cpus", "'0' is not a number from 1 to 64" },
		{ "-c 65 x", "lab: --cpus", "'65' is not a number from 1 to 64" },
		{ "-c 2x x", "lab: --cpus", "'2x' is not a number from 1 to 64" },
		{ "--timeout 0 x", "lab: --timeout", "'0' is not a number of seconds, 1 or more" },
		{ "--cpus", "lab", "option --cpus needs a value" },
		{ "--bogus x", "lab", "unknown option --bogus" },
	};
	struct lab_options o;
	struct diag d;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(parse(&o, &d, rows[i].line), -EINVAL);
		assert_string_equal(d.object, rows[i].object);
		assert_string_equal(d.reason, rows[i].reason);
		assert_int_equal(d.status, STATUS_USAGE);
	}
}

static void help_needs_no_program(void **state)
{
	struct lab_options o;
	struct diag d;

	assert_int_equal(parse(&o, &d, "--help"), 0);
	assert_true(o.help);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(all_options),
		cmocka_unit_test(program_keeps_its_options),
		cmocka_unit_test(sizes),
		cmocka_unit_test(refusals),
		cmocka_unit_test(help_needs_no_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
