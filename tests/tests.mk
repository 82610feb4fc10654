# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests link the same archives as shootdown; a test that defines a symbol
# itself (a stub) wins over the archive's.

unit_tests := $(patsubst tests/unit/%.c,$(O)/tests/%,$(src_unit))

.PHONY: unit-tests
unit-tests: $(unit_tests)

$(O)/tests/%: $(O)/obj/tests/unit/%.o $(archives)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $(archives) $(LIBS) -lcmocka

# Tests that need /dev/kvm: programs that exit with 0, 1, or 77 when they cannot run here.
kvm_tests := $(patsubst tests/kvm/%.c,$(O)/tests/kvm/%,$(wildcard tests/kvm/test_*.c))

.PHONY: kvm-tests
kvm-tests: $(kvm_tests)

$(kvm_tests): $(O)/tests/kvm/%: $(O)/obj/tests/kvm/%.o $(O)/obj/tests/kvm/images.o $(archives)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(archives) $(LIBS)

# ---- make bench-boot ------------------------------------------------------------------
$(O)/bench/boot_timer: tests/bench/boot_timer.c
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(GUEST_CFLAGS) -o $@ $<

bench-boot:
	@sh .ci/deps.sh all
	@$(MAKE) --no-print-directory all $(O)/bench/boot_timer
	@SHOOTDOWN=$(O)/shootdown TIMER=$(O)/bench/boot_timer tests/bench/boot.sh

# ---- make test ---------------------------------------------------------------------
# Builds three times (plain, address+undefined, thread), then runs, in this order: unit
# tests of each build, tests on this machine's /dev/kvm, the model, stock guests.

ASAN := address,undefined
asan_dir := build-address-undefined
tsan_dir := build-thread
# The tests whose subject is a concurrency protocol.
tsan_names := test_tlb test_serial test_virtio_mmio test_virtio_blk test_virtio_console test_virtio_rng
unit_names := $(notdir $(basename $(src_unit)))
kvm_names  := $(notdir $(basename $(wildcard tests/kvm/test_*.c)))
run_names  := cli_errors guest_agent lab_starts lab_streams lab_files lab_failures lab_kvm \
              guest_streams guest_hyperv guest_hyperv_612 guest_kvm \
              guest_kvm_kernel guest_mutant guest_disk guest_sizes guest_64 guest_flushwork guest_kernel
run_names  := $(foreach t,$(run_names),$(if $(wildcard tests/run/$(t).sh),$(t)))

quick_list := $(foreach t,$(unit_names),$(t)=$(O)/tests/$(t)) \
              $(foreach t,$(unit_names),$(t)/asan=$(asan_dir)/tests/$(t)) \
              $(foreach t,$(tsan_names),$(t)/tsan=$(tsan_dir)/tests/$(t)) \
              $(foreach t,$(kvm_names),kvm/$(t)=$(O)/tests/kvm/$(t)) \
              $(foreach t,$(kvm_names),kvm/$(t)/asan=$(asan_dir)/tests/kvm/$(t))
slow_list  := model=tests/model/check.sh $(foreach t,$(run_names),run/$(t)=tests/run/$(t).sh) \
              run/guest_disk/asan=tests/run/guest_disk_asan.sh

jobs := $(shell nproc 2>/dev/null || echo 2)

.PHONY: test check quick-test test-build
test-build:
	@$(MAKE) --no-print-directory -j$(jobs) all unit-tests kvm-tests $(O)/tests/agent_client $(O)/tests/lab_vms
	@$(MAKE) --no-print-directory -j$(jobs) SAN=$(ASAN) all unit-tests kvm-tests
	@$(MAKE) --no-print-directory -j$(jobs) SAN=thread $(addprefix $(tsan_dir)/tests/,$(tsan_names))

test check:
	@sh .ci/deps.sh all
	@$(MAKE) --no-print-directory test-build
	@SHOOTDOWN=$(O)/shootdown TEST_TIMEOUT=600 tests/runner.sh $(quick_list) $(slow_list)

# Seconds instead of minutes: no guest kernel, no lab.
quick-test:
	@sh .ci/deps.sh all
	@$(MAKE) --no-print-directory test-build
	@SHOOTDOWN=$(O)/shootdown tests/runner.sh $(quick_list)

include tests/model/model.mk
