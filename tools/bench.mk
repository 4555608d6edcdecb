# The programs of `make bench`: build/bench/pmm-ALLOCATOR, for this host, 32
# bit. Ours is linked from the release kernel's own objects, and the workloads
# are compiled with each allocator as the kernel is.

ALLOCATORS := ours list_buddy next_fit nothing
OUR_PMM    := $(patsubst %,$(OUT)/obj/release/%.o,kernel/lib/mem.c \
                  $(wildcard mm/memmap*.c mm/pmm*.c)) $(OUT)/bench/ours.c.o

.PHONY: bench-programs
bench-programs: $(ALLOCATORS:%=$(OUT)/bench/pmm-%)

# The kernel's code keeps the stack aligned to 4 bytes, the C library wants
# 16: whoever is called by the one and calls the other must see to it.
$(OUT)/bench/%.c.o: tests/bench/pmm/%.c tools/toolchain.mk tools/bench.mk
	@mkdir -p $(@D)
	$(Q)$(CC_gcc-32) $(CFLAGS_COMMON) -O2 -mstackrealign -fno-pie -DCHECKED=0 -c $< -o $@

$(OUT)/bench/%.workloads.o: tests/bench/pmm/workloads.c tools/toolchain.mk tools/bench.mk
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_KERNEL) -DCHECKED=0 -Itests/bench/peers -DALLOCATOR='"$*.h"' -c $< -o $@

$(OUT)/bench/pmm-ours: $(OUR_PMM)

$(OUT)/bench/pmm-%: $(OUT)/bench/%.workloads.o $(OUT)/bench/main.c.o
	$(Q)$(CC_gcc-32) -static -no-pie -o $@ $^

-include $(wildcard $(OUT)/bench/*.d)
