# The programs of `make bench`, for this host, 32 bit: build/bench/pmm-X with X
# a frame allocator, build/bench/kheap-X with X a heap. Ours are linked from the
# library of `make lib`, and the workloads are compiled with each as the kernel is.
# kheap-malloc has the malloc of user/, instead of that of the C library.

ALLOCATORS := ours list_buddy next_fit nothing
HEAPS      := ours libc no_heap malloc
UMALLOC    := blocks-0 blocks-1 longest

# Its memcpy and the others are the kernel's, too.
BENCH_MEM := $(call lib_objects,i386,kernel/lib/mem.c)

.PHONY: bench-programs
bench-programs: $(ALLOCATORS:%=$(OUT)/bench/pmm-%) $(HEAPS:%=$(OUT)/bench/kheap-%) \
                $(UMALLOC:%=$(OUT)/bench/umalloc-%)

# The kernel's code keeps the stack aligned to 4 bytes, the C library wants
# 16: whoever is called by the one and calls the other must see to it.
$(OUT)/bench/%.c.o: tests/bench/%.c tools/toolchain.mk tools/bench.mk
	@mkdir -p $(@D)
	$(Q)$(CC_gcc-32) $(CFLAGS_COMMON) -O2 -mstackrealign -fno-pie -DCHECKED=0 -c $< -o $@

$(OUT)/bench/pmm/%.workloads.o: tests/bench/pmm/workloads.c tools/toolchain.mk tools/bench.mk
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_KERNEL) -DCHECKED=0 -Itests/bench/peers -DALLOCATOR='"$*.h"' -c $< -o $@

$(OUT)/bench/kheap/libc.workloads.o: CFLAGS_FAMILY := -mpreferred-stack-boundary=4

$(OUT)/bench/kheap/%.workloads.o: tests/bench/kheap/workloads.c tools/toolchain.mk tools/bench.mk
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_KERNEL) -DCHECKED=0 -Itests/bench/peers -DHEAP='"$*.h"' -c $< -o $@

$(OUT)/bench/pmm-ours: $(OUT)/bench/pmm/ours.c.o $(BENCH_MEM) $(LIB_i386)/libstrata-mm.a

$(OUT)/bench/pmm-%: $(OUT)/bench/pmm/%.workloads.o $(OUT)/bench/pmm/main.c.o
	$(Q)$(CC_gcc-32) -static -no-pie -o $@ $^

$(OUT)/bench/kheap-ours: $(OUT)/bench/kheap/ours.c.o $(BENCH_MEM) $(LIB_i386)/libstrata-mm.a

$(OUT)/bench/kheap-no_heap: $(call lib_objects,i386,tests/bench/peers/no_heap.c)

# Not static: other heaps can be put in front of that of the C library.
$(OUT)/bench/kheap-libc: LINK_HEAP := $(LIBC_32)
LINK_HEAP := -static

$(OUT)/bench/kheap-%: $(OUT)/bench/kheap/%.workloads.o $(OUT)/bench/kheap/main.c.o \
                      $(OUT)/bench/kheap/resident.c.o
	$(Q)$(CC_gcc-32) $(LINK_HEAP) -no-pie -o $@ $^

$(OUT)/bench/kheap-malloc: $(OUT)/bench/kheap/libc.workloads.o $(OUT)/bench/kheap/main.c.o \
                           $(OUT)/bench/kheap/resident.c.o build/host/malloc/gcc-32/malloc.o
	$(Q)$(CC_gcc-32) -static -no-pie -o $@ $^

# For Strata or Linux, with so many blocks; what has none has no malloc.
$(OUT)/bench/umalloc-blocks-1: $(OUT)/user/libmalloc.a
$(OUT)/bench/umalloc-blocks-%: $(OUT)/obj/user/tests/bench/umalloc/blocks-%.o $(USER_LIB) user/program.ld
	$(Q)$(LD) -T user/program.ld -nostdlib -z noexecstack -o $@ $(filter %.o %.a,$^)

$(OUT)/obj/user/tests/bench/umalloc/blocks-%.o: tests/bench/umalloc/blocks.c tools/bench.mk
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_USER) -DBLOCKS=$* -c $< -o $@

$(OUT)/bench/umalloc-longest: $(OUT)/bench/umalloc/longest.c.o
	$(Q)$(CC_gcc-32) -static -no-pie -o $@ $<

-include $(wildcard $(OUT)/bench/*/*.d)
