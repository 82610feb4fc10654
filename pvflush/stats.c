/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Printing the flush counters: a table for people, JSON for programs. */
#include "pvflush/stats.h"

#include <inttypes.h>
#include <jansson.h>
#include <stddef.h>
#include <string.h>

#include "pvflush/tlb.h"

static const struct {
	const char *text, *json;
} kind_name[] = {
	[FLUSH_HV_SPACE] = { "HvFlushVirtualAddressSpace", "hv_space" },
	[FLUSH_HV_LIST] = { "HvFlushVirtualAddressList", "hv_list" },
	[FLUSH_HV_SPACE_EX] = { "HvFlushVirtualAddressSpaceEx", "hv_space_ex" },
	[FLUSH_HV_LIST_EX] = { "HvFlushVirtualAddressListEx", "hv_list_ex" },
	[FLUSH_KVM_STEAL] = { "KVM_VCPU_FLUSH_TLB", "kvm_flush_tlb" },
	[FLUSH_XEN] = { "HVMOP_flush_tlbs", "xen_flush_tlbs" },
};

static uint64_t get(const _Atomic uint64_t *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

/* Plain sums, for printing. */
struct kind_sum {
	uint64_t requests, targets, kicked, elided, ranges, latency_ns;
	uint64_t latency[STATS_BUCKETS];
};

static void sum_kind(const struct flush_stats *s, unsigned kind, struct kind_sum *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (unsigned v = 0; v < s->vcpus; v++) {
		const struct flush_kind_stats *k = &s->vcpu[v].kind[kind];

		ret->requests += get(&k->requests);
		ret->targets += get(&k->targets);
		ret->kicked += get(&k->kicked);
		ret->elided += get(&k->elided);
		ret->ranges += get(&k->ranges);
		ret->latency_ns += get(&k->latency_ns);
		for (unsigned b = 0; b < STATS_BUCKETS; b++)
			ret->latency[b] += get(&k->latency[b]);
	}
}

/* Upper bound in ns of the bucket that holds the q-th quantile (q in percent). */
static uint64_t quantile(const struct kind_sum *k, unsigned q)
{
	uint64_t total = 0, seen = 0;

	for (unsigned b = 0; b < STATS_BUCKETS; b++)
		total += k->latency[b];
	for (unsigned b = 0; b < STATS_BUCKETS; b++) {
		seen += k->latency[b];
		if (seen * 100 >= total * q)
			return 128ull << b;
	}
	return 128ull << (STATS_BUCKETS - 1);
}

static uint64_t sum_vcpus(const struct flush_stats *s, size_t offset)
{
	uint64_t n = 0;

	for (unsigned v = 0; v < s->vcpus; v++)
		n += get((const _Atomic uint64_t *)((const char *)&s->vcpu[v] + offset));
	return n;
}

#define SUM(s, field) sum_vcpus(s, offsetof(struct flush_vcpu_stats, field))

static uint64_t sum_status(const struct flush_stats *s, unsigned status)
{
	return sum_vcpus(s, offsetof(struct flush_vcpu_stats, status) +
				    status * sizeof(s->vcpu[0].status[0]));
}

static void print_errors(const struct flush_stats *s, FILE *to)
{
	for (unsigned st = 1; st < STATS_STATUSES; st++) {
		uint64_t n = sum_status(s, st);

		if (n)
			fprintf(to, "  hypercalls refused with status 0x%02x: %" PRIu64 "\n", st, n);
	}
}

void stats_print(const struct flush_stats *s, FILE *to)
{
	struct kind_sum k;

	fprintf(to, "flush: personality %s, %u vCPUs, lever %s\n", s->personality, s->vcpus,
		s->lever);
	fprintf(to, "  %-29s %9s %9s %9s %9s %9s %9s %9s\n", "kind", "requests", "targets", "kicked",
		"elided", "ranges", "p50 us", "p99 us");
	for (unsigned i = 0; i < FLUSH_KINDS; i++) {
		sum_kind(s, i, &k);
		if (!k.requests)
			continue;
		fprintf(to,
			"  %-29s %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64,
			kind_name[i].text, k.requests, k.targets, k.kicked, k.elided, k.ranges);
		if (k.latency_ns)
			fprintf(to, " %8.1f< %8.1f<", (double)quantile(&k, 50) / 1000,
				(double)quantile(&k, 99) / 1000);
		fputc('\n', to);
	}
	fprintf(to, "  flushes done %" PRIu64 ", lever failures %" PRIu64, SUM(s, flushed),
		SUM(s, lever_failed));
	if (SUM(s, preempted_shown))
		fprintf(to, ", shown preempted %" PRIu64 ", of these asked to flush %" PRIu64,
			SUM(s, preempted_shown), SUM(s, preempted_flush));
	fputc('\n', to);
	print_errors(s, to);
}

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *kind_json(const struct kind_sum *k)
{
	json_t *o = json_object(), *h = json_array();

	json_object_set_new(o, "requests", number(k->requests));
	json_object_set_new(o, "targets", number(k->targets));
	json_object_set_new(o, "kicked", number(k->kicked));
	json_object_set_new(o, "elided", number(k->elided));
	json_object_set_new(o, "ranges", number(k->ranges));
	json_object_set_new(o, "latency_ns_sum", number(k->latency_ns));
	for (unsigned b = 0; b < STATS_BUCKETS; b++)
		json_array_append_new(h, number(k->latency[b]));
	json_object_set_new(o, "latency_64ns_log2", h);
	return o;
}

static json_t *vcpu_json(const struct flush_vcpu_stats *v)
{
	json_t *o = json_object();
	uint64_t requests = 0;

	for (unsigned i = 0; i < FLUSH_KINDS; i++)
		requests += get(&v->kind[i].requests);
	json_object_set_new(o, "requests", number(requests));
	json_object_set_new(o, "flushed", number(get(&v->flushed)));
	json_object_set_new(o, "lever_failed", number(get(&v->lever_failed)));
	json_object_set_new(o, "preempted_shown", number(get(&v->preempted_shown)));
	json_object_set_new(o, "preempted_flush", number(get(&v->preempted_flush)));
	return o;
}

static json_t *status_json(const struct flush_stats *s)
{
	json_t *o = json_object();
	char key[8];

	for (unsigned st = 0; st < STATS_STATUSES; st++) {
		uint64_t n = sum_status(s, st);

		snprintf(key, sizeof(key), "0x%02x", st);
		if (n)
			json_object_set_new(o, key, number(n));
	}
	return o;
}

json_t *stats_json(const struct flush_stats *s)
{
	json_t *o = json_object(), *kinds = json_object(), *vcpus = json_array();
	struct kind_sum k;

	json_object_set_new(o, "personality", json_string(s->personality));
	json_object_set_new(o, "lever", json_string(s->lever));
	for (unsigned i = 0; i < FLUSH_KINDS; i++) {
		sum_kind(s, i, &k);
		json_object_set_new(kinds, kind_name[i].json, kind_json(&k));
	}
	json_object_set_new(o, "kinds", kinds);
	for (unsigned v = 0; v < s->vcpus; v++)
		json_array_append_new(vcpus, vcpu_json(&s->vcpu[v]));
	json_object_set_new(o, "vcpus", vcpus);
	json_object_set_new(o, "hypercall_status", status_json(s));
	return o;
}
