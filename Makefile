# SPDX-License-Identifier: GPL-2.0-or-later
#
# shootdown: one Makefile, out-of-tree objects, no configure step.
# `make help` lists what it can do.

O       ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
V       ?= 0
SAN     ?=
ifeq ($(origin CC),default)
CC := gcc
endif

ifneq ($(SAN),)
comma := ,
override O := build-$(subst $(comma),-,$(SAN))
SANFLAGS := -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
# Every access that a fence orders is itself atomic and seq_cst, so TSan sees the order.
SANFLAGS += $(if $(findstring thread,$(SAN)),-Wno-tsan)
endif

Q   := $(if $(filter 1,$(V)),,@)
say  = $(if $(filter 1,$(V)),@:,@printf '  %-8s %s\n' $(1) $(2))

WARN := -Wall -Wextra -Wshadow -Wcast-qual -Wvla -Wpointer-arith -Wwrite-strings \
        -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
        -Wundef -Wformat=2 -Wimplicit-fallthrough -Wno-unused-parameter
ifneq ($(findstring clang,$(CC)),)
WARN += -Wno-gnu-variable-sized-type-not-at-end
SANFLAGS := $(filter-out -Wno-tsan,$(SANFLAGS))
endif
OPT  ?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE -I.
CFLAGS   += -std=gnu11 $(OPT) $(WARN) $(if $(WERROR),-Werror) -pthread \
            -ffile-prefix-map=$(CURDIR)=. $(SANFLAGS)
LDFLAGS  += -pthread $(SANFLAGS)
LIBS     := -Wl,--as-needed -luring -ljansson -lelf -llz4 -llzma -lzstd -lz

# ---- what is built from what -------------------------------------------------

src_vmm     := $(wildcard vmm/*.c vmm/boot/*.c)
src_devices := $(wildcard devices/*.c)
src_pvflush := $(wildcard pvflush/*.c)
src_cli     := $(wildcard vmm/cli/*.c)
src_unit    := $(wildcard tests/unit/test_*.c)

objs  = $(patsubst %.c,$(O)/obj/%.o,$(1))
# Linked top down: the command line, then personalities and devices, then the VMM.
archives := $(O)/libpvflush.a $(O)/libdevices.a $(O)/libvmm.a

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all run test check deps bench-boot install uninstall clean help format lint FORCE

all: $(O)/shootdown guest-tools

$(O)/shootdown: $(call objs,$(src_cli)) $(archives)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(call objs,$(src_cli)) $(archives) $(LIBS)

$(O)/libvmm.a:     $(call objs,$(src_vmm))
$(O)/libdevices.a: $(call objs,$(src_devices))
$(O)/libpvflush.a: $(call objs,$(src_pvflush))
$(O)/%.a:
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/obj/%.o: %.c $(O)/obj/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Objects are rebuilt when the compiler or its flags change.
$(O)/obj/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(CPPFLAGS) $(CFLAGS)' | cmp -s - $@ || \
	  printf '%s\n' '$(CC) $(CPPFLAGS) $(CFLAGS)' > $@

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)

include guest/guest.mk
include guest/micro/micro.mk
include tests/tests.mk
include .ci/house.mk
