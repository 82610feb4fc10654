#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The same on Debian's 6.12 kernel.
exec "$(dirname "$0")/guest_hyperv.sh" 6.12
