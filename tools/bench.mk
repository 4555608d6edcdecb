# The programs of `make bench`: build/bench/pmm-ALLOCATOR, for this host, 32
# bit. Ours is linked from the release kernel's own objects; so are the
# workloads, and the peers are compiled by the same rule.

PEERS    := list_buddy next_fit nothing
WORKLOAD := $(OUT)/obj/release/tests/bench/pmm/workloads.c.o
OUR_PMM  := $(patsubst %,$(OUT)/obj/release/%.o,kernel/lib/mem.c \
                $(wildcard mm/memmap*.c mm/pmm*.c))
PEER_OBJ := $(PEERS:%=$(OUT)/obj/release/tests/bench/peers/%.c.o)
BENCH_OBJ := $(patsubst %,$(OUT)/bench/%.o,main.c ours.c)

.PHONY: bench-programs
bench-programs: $(OUT)/bench/pmm-ours $(PEERS:%=$(OUT)/bench/pmm-%)

# The kernel's code keeps the stack aligned to 4 bytes, the C library wants
# 16: whoever is called by the one and calls the other must see to it.
$(OUT)/bench/%.c.o: tests/bench/pmm/%.c tools/toolchain.mk tools/bench.mk
	@mkdir -p $(@D)
	$(Q)$(CC_gcc-32) $(CFLAGS_COMMON) -O2 -mstackrealign -fno-pie -DCHECKED=0 -c $< -o $@

LINK_BENCH = $(Q)$(CC_gcc-32) -static -no-pie -o $@ $^

$(OUT)/bench/pmm-ours: $(OUT)/bench/main.c.o $(OUT)/bench/ours.c.o $(WORKLOAD) $(OUR_PMM)
	$(LINK_BENCH)

$(PEERS:%=$(OUT)/bench/pmm-%): $(OUT)/bench/pmm-%: $(OUT)/bench/main.c.o $(WORKLOAD) $(OUT)/obj/release/tests/bench/peers/%.c.o
	$(LINK_BENCH)

-include $(patsubst %.o,%.d,$(BENCH_OBJ) $(PEER_OBJ))
