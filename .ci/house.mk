# SPDX-License-Identifier: GPL-2.0-or-later
# House keeping: dependencies, install, formatting, linting, help.

FORCE:
clean:
	$(Q)rm -rf build build-*
