# SPDX-License-Identifier: GPL-2.0-or-later
# What runs inside guests (static programs) and the tools that prepare guests.
# None of it is linked into the VMM.

GUEST_CFLAGS := -std=gnu11 -O2 -g $(WARN) $(if $(WERROR),-Werror) -pthread -static \
                -ffile-prefix-map=$(CURDIR)=.

guest_programs := $(O)/guest/agent $(O)/guest/flushwork
libexec        := $(addprefix $(O)/libexec/,kernel initramfs lab)

.PHONY: guest-tools
guest-tools: $(guest_programs) $(libexec)

# Programs for the guest: one directory each, static, no sanitizers.
$(O)/guest/agent:     $(wildcard guest/agent/*.c)
$(O)/guest/flushwork: $(wildcard guest/work/*.c)
$(guest_programs): $(wildcard guest/agent/*.h guest/work/*.h) guest/guest.mk
	$(call say,GUEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(GUEST_CFLAGS) -o $@ $(filter %.c,$^)

# Host-side tools that shootdown runs as separate programs.
$(O)/libexec/kernel: guest/image/kernel.sh
	$(call say,INSTALL,$@)
	@mkdir -p $(@D)
	$(Q)install -m 755 $< $@
$(O)/libexec/initramfs: $(call objs,$(wildcard guest/image/*.c))
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lz -llzma -lzstd
$(O)/libexec/lab: $(call objs,$(wildcard guest/lab/*.c))
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -ljansson
