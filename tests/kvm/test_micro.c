/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The micro guests' runtime on the host's KVM: guest/micro/selftest.c with 2 and 5 vCPUs. */
#include <string.h>

#include "pvflush/micro.h"
#include "tests/kvm/need_kvm.h"
#include "vmm/machine.h"

extern const struct micro_image micro_image_selftest;

struct seen {
	unsigned passed, failed, as_meant;
	uint64_t cpus;
};

static void on_event(void *opaque, struct vcpu *v, const struct micro_event *e)
{
	struct seen *s = opaque;

	if (e->kind == MICRO_PASS) {
		s->passed++;
		s->cpus = e->value[0];
	} else if (e->kind == MICRO_SKIP) {
		printf("%s:%u: skipped: %s\n", e->file, e->line, e->text);
	} else if (e->kind == MICRO_FAIL) {
		s->failed++;
		s->as_meant += !strcmp(e->text, "1 + 1 == 3") && e->value[0] == 2 &&
			       e->value[1] == 3 && strstr(e->file, "selftest.c") && e->line > 0;
		printf("%s:%u: CPU %u: %s: %#llx, %#llx\n", e->file, e->line, e->cpu, e->text,
		       (unsigned long long)e->value[0], (unsigned long long)e->value[1]);
	}
}

static int run(unsigned vcpus)
{
	static const struct micro_ops ops = { .event = on_event };
	struct seen s = { 0 };
	const struct micro_config c = {
		.name = "self-test",
		.image = &micro_image_selftest,
		.memory = 16 << 20,
		.vcpus = vcpus,
		.timeout_ms = 20000,
		.ops = &ops,
		.opaque = &s,
	};
	struct diag d = { 0 };

	if (micro_run(&c, &d)) {
		diag_print(&d, stdout);
		return 1;
	}
	printf("%u vCPUs: %u passed, %u failed, of these %u meant to\n", vcpus, s.passed, s.failed,
	       s.as_meant);
	return s.passed != 1 || s.cpus != vcpus || s.failed != 1 || s.as_meant != 1;
}

int main(void)
{
	need_kvm();
	return run(2) + run(5) != 0;
}
