# SPDX-License-Identifier: GPL-2.0-or-later
# What runs inside guests (static programs) and the tools that prepare guests.
# None of it is linked into the VMM.

GUEST_CFLAGS := -std=gnu11 -O2 -g $(WARN) $(if $(WERROR),-Werror) -pthread -static \
                -ffile-prefix-map=$(CURDIR)=.

guest_c        := $(O)/guest/agent $(O)/guest/flushwork $(O)/guest/lab-setup
guest_programs := $(guest_c) $(O)/guest/mark
libexec        := $(addprefix $(O)/libexec/,kernel initramfs lab)

.PHONY: guest-tools
guest-tools: $(guest_programs) $(libexec)

# Programs for the guest: one directory each, static, no sanitizers.
$(O)/guest/agent:     $(wildcard guest/agent/*.c)
$(O)/guest/flushwork: $(wildcard guest/work/*.c)
$(O)/guest/lab-setup: $(wildcard guest/lab/l1/*.c)
$(guest_c): $(wildcard guest/agent/*.h guest/work/*.h guest/lab/l1/*.h) guest/guest.mk
	$(call say,GUEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(GUEST_CFLAGS) -o $@ $(filter %.c,$^)

# No C library: a few instructions.
$(O)/guest/mark: guest/work/mark.S guest/guest.mk
	$(call say,GUEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -nostdlib -static -Wl,-z,noexecstack -Wl,--build-id=none -o $@ $<

# Host-side tools that shootdown runs as separate programs.
$(O)/libexec/kernel: guest/image/kernel.sh
	$(call say,INSTALL,$@)
	@mkdir -p $(@D)
	$(Q)install -m 755 $< $@
# The builder without its main(), for the tool and for its unit test.
libs_image := -lz -llzma -lzstd
$(O)/libimage.a: $(call objs,$(filter-out guest/image/initramfs.c,$(wildcard guest/image/*.c)) \
                 vmm/diag.c)
$(O)/libexec/initramfs: $(call objs,guest/image/initramfs.c) $(O)/libimage.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(libs_image)
image_tests := $(patsubst tests/unit/%.c,$(O)/tests/%,$(wildcard tests/unit/test_initramfs*.c))
$(image_tests): $(O)/tests/%: $(O)/obj/tests/unit/%.o $(O)/libimage.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(libs_image) -lcmocka
# The lab without its main(), the same way.
$(O)/liblab.a: $(call objs,$(filter-out guest/lab/main.c,$(wildcard guest/lab/*.c)))
lab_archives := $(O)/liblab.a $(O)/libdevices.a $(O)/libvmm.a
$(O)/libexec/lab: $(call objs,guest/lab/main.c) $(lab_archives)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)
lab_tests := $(patsubst tests/unit/%.c,$(O)/tests/%,$(wildcard tests/unit/test_lab*.c))
$(lab_tests): $(O)/tests/%: $(O)/obj/tests/unit/%.o $(lab_archives)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

# The host's end of the channel for tests/run/guest_agent.sh.
$(O)/tests/agent_client: $(call objs,tests/run/agent_client.c devices/channel_host.c)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^

# The agent's parser, against the host's end of the channel.
$(O)/tests/test_agent_command: $(call objs,tests/unit/test_agent_command.c \
                               guest/agent/command.c devices/channel_host.c)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka

unit-tests: $(O)/tests/agent_client

# For tests/run/guest_flushwork.sh.
$(O)/tests/gdb_poke: $(call objs,tests/run/gdb_poke.c)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^

unit-tests: $(O)/tests/gdb_poke

# Runs VMs in the lab for tests/run/lab_kvm.sh.
$(O)/tests/lab_vms: $(call objs,tests/run/lab_vms.c)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^
