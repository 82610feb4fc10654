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
