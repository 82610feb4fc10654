# SPDX-License-Identifier: GPL-2.0-or-later
# Micro guests: freestanding ELF64 images, embedded into shootdown as data.

micro_programs      := probe stops
micro_test_programs := race selftest
micro_images        := $(patsubst %,$(O)/guest/%.elf,$(micro_programs))
micro_test_images   := $(patsubst %,$(O)/guest/%.elf,$(micro_test_programs))

MICRO_CFLAGS := -std=gnu11 -O2 -g $(WARN) $(if $(WERROR),-Werror) -I. \
                -march=x86-64 -mgeneral-regs-only -mno-red-zone -mcmodel=small \
                -ffreestanding -fno-pic -fno-stack-protector -fcf-protection=none \
                -fno-asynchronous-unwind-tables -fno-omit-frame-pointer \
                -ffile-prefix-map=$(CURDIR)=.
MICRO_LDFLAGS := -nostdlib -static -Wl,-T,guest/micro/micro.ld \
                 -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack

micro_rt := $(patsubst %,$(O)/micro/%.o,$(wildcard guest/micro/rt/*.c guest/micro/rt/*.S))

$(O)/micro/%.o: % guest/micro/micro.mk $(O)/obj/flags
	$(call say,MICRO,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(MICRO_CFLAGS) -MMD -MP -c -o $@ $<

$(micro_images) $(micro_test_images): $(O)/guest/%.elf: \
		$(O)/micro/guest/micro/%.c.o $(micro_rt) guest/micro/micro.ld
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(MICRO_LDFLAGS) -o $@.debug $(filter %.o,$^)
	$(Q)objcopy --strip-debug $@.debug $@

# images.S takes the images in; its object goes into the archive whose code runs them.
$(O)/obj/guest/micro/images.o: guest/micro/images.S guest/micro/image.inc $(micro_images)
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -I. -c -Wa,-I,$(O)/guest -o $@ $<
$(O)/libpvflush.a: $(O)/obj/guest/micro/images.o

# The same for tests.
$(O)/obj/tests/kvm/images.o: tests/kvm/images.S guest/micro/image.inc $(micro_test_images)
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -I. -c -Wa,-I,$(O)/guest -o $@ $<

-include $(shell find $(O)/micro -name '*.d' 2>/dev/null)
