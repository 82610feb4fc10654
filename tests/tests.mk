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
