# The kernel: the release build and the checked build, from the same sources.
# Only the checked one is linked with the seam of tools/toolchain.mk.

# Two files define the same functions, and a program has one of them: the
# kernel, and the host's tests, have the one that maps.
MM_C       := $(filter-out mm/kheap_unmapped.c,$(sort $(wildcard mm/*.c)))
KERNEL_C   := $(MM_C) $(sort $(wildcard kernel/*.c kernel/*/*.c))
KERNEL_ASM := $(sort $(wildcard boot/*.asm kernel/*/*.asm))
SELFTEST_C := $(sort $(wildcard tests/*.c tests/unit/*.c tests/model/*.c \
                           tests/kernel/*.c)) \
              tests/bench/pmm/workloads.c tests/bench/kheap/workloads.c

# $(call objects,VARIANT): the objects of one of the two builds.
objects = $(patsubst %,$(OUT)/obj/$(1)/%.o,$(KERNEL_ASM) $(KERNEL_C) $(SELFTEST_C))

kernel: $(OUT)/strata.elf $(OUT)/strata-checked.elf

define KERNEL_VARIANT
$(OUT)/obj/$(1)/%.c.o: %.c tools/toolchain.mk tools/kernel.mk
	@mkdir -p $$(@D)
	$$(Q)$(CC) $(CFLAGS_KERNEL) $(CFLAGS_ALONE) $$(call for_size,$$<) -DCHECKED=$(2) \
	    -Itests -Itests/model -Itests/kernel -c $$< -o $$@

$(OUT)/obj/$(1)/%.asm.o: %.asm tools/toolchain.mk tools/kernel.mk
	@mkdir -p $$(@D)
	$$(Q)$(NASM) -f elf32 -g -F dwarf -Werror -DCHECKED=$(2) -Iboot/ -I$(OUT)/ -MD $$(@:.o=.d) -MP -o $$@ $$<

$(OUT)/obj/$(1)/kernel/fs/builtin.asm.o: $(OUT)/builtin.cpio

# Linked twice: the first time to learn the functions' addresses and lines, the
# second time with the table of them, which lies behind everything and moves nothing.
$(OUT)/obj/$(1)/nosyms.elf: $(call objects,$(1)) linker.ld
	$$(Q)$(LD) $(4) -T linker.ld -nostdlib -z noexecstack -o $$@ $(call objects,$(1))

$(OUT)/obj/$(1)/ksyms.asm: $(OUT)/obj/$(1)/nosyms.elf tools/ksyms.py
	$$(Q)tools/ksyms.py $$< > $$@

$(OUT)/obj/$(1)/ksyms.o: $(OUT)/obj/$(1)/ksyms.asm
	$$(Q)$(NASM) -f elf32 -o $$@ $$<

$(3): $(OUT)/obj/$(1)/ksyms.o $(call objects,$(1)) linker.ld
	$$(Q)$(LD) $(4) -T linker.ld -nostdlib -z noexecstack -o $$@ $(call objects,$(1)) $$<

-include $(patsubst %.o,%.d,$(call objects,$(1)))
endef

$(eval $(call KERNEL_VARIANT,release,0,$(OUT)/strata.elf,))
$(eval $(call KERNEL_VARIANT,checked,1,$(OUT)/strata-checked.elf,$(SEAM:%=--wrap=%)))
