# SPDX-License-Identifier: GPL-2.0-or-later
# The models of the flush protocol, checked with Spin (docs/model/README.md).

.PHONY: model
model:
	@CC='$(CC)' sh tests/model/check.sh || [ $$? = 77 ]
