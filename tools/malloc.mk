# The user malloc, user/malloc/malloc.c, for whoever is to have it:
#
#   build/user/libmalloc.a              the programs of user/
#   build/host/libstrata-malloc.so      programs of Linux on i386, by LD_PRELOAD
#   build/host/libstrata-malloc-64.so   the same on x86-64
#   build/host/malloc/WORLD/malloc.o    what static programs are linked with

MALLOC_C := user/malloc/malloc.c
MALLOC_H := user/malloc/malloc.h include/lib/types.h

# No call of the library may become one of malloc() or calloc().
CFLAGS_MALLOC := $(CFLAGS_COMMON) -D_GNU_SOURCE -O2 -fno-builtin -fomit-frame-pointer \
                 -fno-stack-protector -fcf-protection=none
CFLAGS_PRELOAD := $(CFLAGS_MALLOC) -fPIC -ftls-model=initial-exec -shared

.PHONY: malloc
malloc: $(OUT)/user/libmalloc.a build/host/libstrata-malloc.so \
        build/host/libstrata-malloc-64.so

$(OUT)/user/libmalloc.a: $(OUT)/obj/user/$(MALLOC_C).o
	@mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)ar rcsD $@ $<

build/host/libstrata-malloc.so: $(MALLOC_C) $(MALLOC_H) tools/malloc.mk tools/toolchain.mk
	@mkdir -p $(@D)
	$(Q)$(CC_gcc-32) $(filter-out -MMD -MP,$(CFLAGS_PRELOAD)) -march=i486 -mtune=generic -o $@ $<

build/host/libstrata-malloc-64.so: $(MALLOC_C) $(MALLOC_H) tools/malloc.mk tools/toolchain.mk
	@mkdir -p $(@D)
	$(Q)$(CC_gcc-64) $(filter-out -MMD -MP,$(CFLAGS_PRELOAD)) -o $@ $<

# Static programs; the bench's among them.
build/host/malloc/%/malloc.o: $(MALLOC_C) $(MALLOC_H) tools/malloc.mk tools/toolchain.mk
	@mkdir -p $(@D)
	$(Q)$(CC_$*) $(filter-out -MMD -MP,$(CFLAGS_MALLOC)) -fno-pie $(if $(findstring 32,$*),-march=i486 -mtune=generic) -c -o $@ $<

# Its tests, four times: two compilers, 64 and 32 bit. What is undefined traps;
# the address sanitizer has a malloc of its own, and stays out.
# build/host/malloc/WORLD/selftest prints TAP.
UMALLOC_C    := $(wildcard tests/umalloc/*.c)
UMALLOC_SEAM := mmap munmap mremap mprotect madvise
CFLAGS_UMALLOC := $(CFLAGS_COMMON) -Wframe-larger-than=16384 -D_GNU_SOURCE -O1 \
                  -fno-builtin -Iuser/malloc -Itests/umalloc
TRAP := -fsanitize=undefined -fsanitize-undefined-trap-on-error

.PHONY: umalloc-tests
umalloc-tests: $(WORLDS:%=build/host/malloc/%/selftest)

define MALLOC_WORLD
build/host/malloc/$(1)/%.c.o: %.c tools/malloc.mk tools/toolchain.mk
	@mkdir -p $$(@D)
	$$(Q)$$(CC_$(1)) $$(CFLAGS_UMALLOC) $$(TRAP) -c $$< -o $$@

build/host/malloc/$(1)/selftest: $(patsubst %,build/host/malloc/$(1)/%.o,$(MALLOC_C) $(UMALLOC_C))
	$$(Q)$$(CC_$(1)) $$(LINK_$(1)) $(UMALLOC_SEAM:%=-Wl,--wrap=%) -pthread -o $$@ $$^

-include $(patsubst %,build/host/malloc/$(1)/%.d,$(MALLOC_C) $(UMALLOC_C))
endef

$(foreach world,$(WORLDS),$(eval $(call MALLOC_WORLD,$(world))))
