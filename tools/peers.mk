# The heaps of others, in front of the same programs as user/malloc/malloc.c.

.PHONY: bench-peers
bench-peers: $(PEERS)/usr build/bench/libmusl-malloc.so \
             $(OUT)/bench/heap-threads $(OUT)/bench/measured

# The malloc of musl's libc.a, without what is to be the program's: errno and
# what finds, fills and copies.
MUSL_MALLOC := malloc calloc realloc free aligned_alloc memalign \
               posix_memalign malloc_usable_size
NOT_OF_MUSL := libc.lo __errno_location.lo dlsym.lo memcpy.lo memset.lo

build/bench/libmusl-malloc.so: tests/bench/heaps/musl.c tests/bench/heaps/musl.map tools/peers.mk | $(MUSL)
	@mkdir -p $(@D)
	$(Q)if [ -e $(MUSL_LIB)/libc.a ]; then \
	    cp $(MUSL_LIB)/libc.a $@.a && ar d $@.a $(NOT_OF_MUSL) && \
	    $(CC_gcc-32) -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -fPIC -shared \
	        -Wl,--version-script=tests/bench/heaps/musl.map \
	        $(MUSL_MALLOC:%=-Wl,-u,%) -nostdlib -o $@ $< $@.a -lc; \
	fi

# What threads do with a heap, and what measures a program.
$(OUT)/bench/heap-threads: $(OUT)/bench/heaps/threads.c.o $(OUT)/bench/kheap/resident.c.o
	$(Q)$(CC_gcc-32) $(LIBC_32) -no-pie -pthread -o $@ $^

$(OUT)/bench/measured: tests/bench/heaps/measured.c tools/peers.mk
	@mkdir -p $(@D)
	$(Q)$(CC_gcc-32) $(filter-out -MMD -MP,$(CFLAGS_COMMON)) -D_GNU_SOURCE -O2 -static -o $@ $<

# What the compiler among the programs compiles.
build/preload/malloc.i: $(MALLOC_C) $(MALLOC_H) tools/peers.mk
	@mkdir -p $(@D)
	$(Q)$(CC_gcc-32) -std=gnu11 -Iinclude -D_GNU_SOURCE -E -P -o $@ $<

# Real programs: what tests/preload and the bench start.
.PHONY: real-programs
real-programs: build/host/libstrata-malloc.so build/host/libstrata-malloc-64.so \
               build/preload/malloc.i $(PEERS)/usr
