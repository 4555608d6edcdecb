# Strata. `make help` says what there is to make; README.md goes along.

include tools/toolchain.mk
include tools/kernel.mk
include tools/user.mk
include tools/fetch.mk
include tools/host.mk
include tools/malloc.mk
include tools/abi.mk
include tools/lib.mk
include tools/fuzz.mk
include tools/bench.mk
include tools/peers.mk
include tools/targets.mk
