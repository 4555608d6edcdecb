# mm/ as a library, for programs and kernels that are not this one: `make lib`,
# docs/porting.md. Compiled as the kernel is, but with no register given away
# for back-traces. And the examples of tests/port, which are linked with it.

ARCH := i386

CC_LIB_i386       := $(CC)
CFLAGS_LIB_i386   := $(filter-out -fno-omit-frame-pointer \
                                  -fno-optimize-sibling-calls,$(CFLAGS_KERNEL)) \
                     -fomit-frame-pointer
CC_LIB_host64     := $(CC_$(FAMILY)-64)
CFLAGS_LIB_host64 := $(CFLAGS_COMMON) -O2 -ffreestanding \
                     -fno-strict-aliasing -fno-common

# Where the library is, and beside it the object to name before it by who
# takes the heap alone: the linker then has no use for L2 and L3.
LIB_i386     := $(OUT)/lib
LIB_host64   := $(OUT)/lib/host64
HEAP_i386    := $(LIB_i386)/kheap_unmapped.o $(LIB_i386)/libstrata-mm.a
HEAP_host64  := $(LIB_host64)/kheap_unmapped.o $(LIB_host64)/libstrata-mm.a

.PHONY: lib
lib: $(HEAP_$(ARCH))
	$(if $^,,$(error ARCH is i386 or host64))
	@echo "$(LIB_$(ARCH))/libstrata-mm.a is mm/ for $(ARCH), and include/mm and"
	@echo "include/lib are its headers; docs/porting.md goes along."

# $(call lib_objects,ARCH): where the objects of some sources are.
lib_objects = $(addprefix $(OUT)/obj/lib-$(1)/,$(addsuffix .o,$(2)))

define LIBRARY
$(OUT)/obj/lib-$(1)/%.c.o: %.c tools/toolchain.mk tools/lib.mk
	@mkdir -p $$(@D)
	$$(Q)$$(CC_LIB_$(1)) $$(CFLAGS_LIB_$(1)) -DCHECKED=0 -c $$< -o $$@

$(LIB_$(1))/libstrata-mm.a: $(call lib_objects,$(1),$(MM_C))
	@mkdir -p $$(@D)
	$$(Q)rm -f $$@
	$$(Q)$$(AR) rc $$@ $$^

$(LIB_$(1))/kheap_unmapped.o: $(call lib_objects,$(1),mm/kheap_unmapped.c)
	@mkdir -p $$(@D)
	$$(Q)cp $$< $$@

-include $(wildcard $(OUT)/obj/lib-$(1)/*/*.d $(OUT)/obj/lib-$(1)/*/*/*.d)
endef

$(foreach arch,i386 host64,$(eval $(call LIBRARY,$(arch))))

# --- tests/port -------------------------------------------------------------

.PHONY: port-programs
port-programs: $(addprefix $(OUT)/port/,arena-32 arena-64 kernel.elf)

# The library keeps the stack aligned to 4 bytes, the C library wants 16: what
# is called by the one and calls the other must see to it.
CC_ARENA_32 := $(CC_$(FAMILY)-32) -mstackrealign
CC_ARENA_64 := $(CC_$(FAMILY)-64)

# $(call ARENA,BITS,ARCH,LINK)
define ARENA
$(OUT)/port/arena-$(1).o: tests/port/arena.c tools/toolchain.mk tools/lib.mk
	@mkdir -p $$(@D)
	$$(Q)$$(CC_ARENA_$(1)) $$(CFLAGS_COMMON) -O2 -fno-pie -DCHECKED=0 -c $$< -o $$@

$(OUT)/port/arena-$(1): $(OUT)/port/arena-$(1).o $$(HEAP_$(2))
	$$(Q)$$(CC_ARENA_$(1)) -no-pie $(3) -o $$@ $$^
endef

$(eval $(call ARENA,64,host64))
$(eval $(call ARENA,32,i386,$(LIBC_32)))

# The kernel, and what it takes of Strata's beside mm/.
PORT_OBJECTS := $(call lib_objects,i386,tests/port/kernel.c kernel/multiboot.c \
                 kernel/lib/mem.c kernel/lib/printf.c kernel/lib/string.c)

$(OUT)/port/kernel.asm.o: tests/port/kernel.asm tools/lib.mk
	@mkdir -p $(@D)
	$(Q)$(NASM) -f elf32 -Werror -o $@ $<

$(OUT)/port/kernel.elf: tests/port/kernel.ld $(OUT)/port/kernel.asm.o \
                        $(PORT_OBJECTS) $(HEAP_i386)
	$(Q)$(LD) -nostdlib -z noexecstack -T $< -o $@ $(filter-out $<,$^)

-include $(wildcard $(OUT)/port/*.d)
