# SPDX-License-Identifier: GPL-2.0-or-later
# House keeping: dependencies, running, install, formatting, linting, help.

sources := $(wildcard vmm/*.[ch] vmm/*/*.[ch] devices/*.[ch] pvflush/*.[ch] \
             guest/*/*.[ch] guest/*/*/*.[ch] tests/*/*.[ch])

FORCE:

# Goals that must work on a machine with nothing but git and make set the machine
# up first and then start over, so that the compiler is there when they build.
deps:
	@sh .ci/deps.sh all

run:
	@sh .ci/deps.sh all
	@$(MAKE) --no-print-directory all
	@$(O)/shootdown run --stats -- sh -c 'dmesg | grep Hyper-V:; flushwork -s 5'

compile_commands.json: Makefile FORCE
	$(call say,GEN,$@)
	@{ echo '['; sep=; for f in $(filter %.c,$(sources)); do \
	  printf '%s{"directory":"%s","file":"%s","command":"%s"}' "$$sep" '$(CURDIR)' "$$f" \
	    '$(CC) $(subst ",\",$(CPPFLAGS) $(CFLAGS)) -c '"$$f"; sep=$$(printf ',\nx'); sep=$${sep%x}; \
	done; echo; echo ']'; } > $@

format:
	clang-format -i $(sources)

lint: compile_commands.json
	@command -v cppcheck >/dev/null || { echo 'shootdown: lint: cppcheck is missing' >&2; exit 77; }
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -D_GNU_SOURCE -D__x86_64__ -I. \
	  --enable=warning,portability --suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches \
	  $(filter %.c,$(sources))

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/shootdown/libexec \
	  $(DESTDIR)$(PREFIX)/libexec/shootdown/guest $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(O)/shootdown $(DESTDIR)$(PREFIX)/bin/
	install -m 755 $(O)/libexec/* $(DESTDIR)$(PREFIX)/libexec/shootdown/libexec/
	install -m 755 $(guest_programs) $(DESTDIR)$(PREFIX)/libexec/shootdown/guest/
	install -m 644 docs/man/shootdown.1 $(DESTDIR)$(PREFIX)/share/man/man1/

uninstall:
	rm -rf $(DESTDIR)$(PREFIX)/libexec/shootdown
	rm -f $(DESTDIR)$(PREFIX)/bin/shootdown $(DESTDIR)$(PREFIX)/share/man/man1/shootdown.1

clean:
	$(Q)rm -rf build build-* compile_commands.json

help:
	@echo 'make                     build $(O)/shootdown and the guest programs'
	@echo 'make run                 set up the machine, boot a stock Debian kernel, flush, show what was served'
	@echo 'make test                set up the machine and run every test'
	@echo 'make quick-test          the tests that need no guest kernel: a minute'
	@echo 'make model               check the models of the flush protocol with spin'
	@echo 'make deps                install what is missing (apt)'
	@echo 'make bench-boot          boot time and memory beside QEMU microvm, in the lab'
	@echo 'make install uninstall   DESTDIR= PREFIX=$(PREFIX)'
	@echo 'make format lint compile_commands.json clean'
	@echo 'Variables: V=1 (show commands)  O=DIR  CC=clang  WERROR=1  OPT=-O0'
	@echo '           SAN=address,undefined or SAN=thread (builds into build-SAN)'
