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

# $(call objects,VARIANT,SOURCES): their objects in one of the two builds.
objects = $(patsubst %,$(OUT)/obj/$(1)/%.o,$(2))

KERNEL_SOURCES := $(KERNEL_ASM) $(KERNEL_C)
linked = $(OUT)/obj/$(1)/kernel.o $(call objects,$(1),$(SELFTEST_C))

# Of what a linker says that it removes, what objcopy is to do with functions,
# their sentences and their data.
ASIDE := s/.*unused section.*['(](\.(text|rodata|data)\.[^')]*)[')].*/--rename-section \1=.selftest\1/p

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

# The kernel without tests. What it has and does not call, only tests call: the
# linker tells, and it goes to where the tests lie.
$(OUT)/obj/$(1)/whole.o: $(call objects,$(1),$(KERNEL_SOURCES))
	$$(Q)$(LD) $(4) -r -o $$@ $$^

$(OUT)/obj/$(1)/kernel.o: $(OUT)/obj/$(1)/whole.o
	$$(Q)$(LD) --gc-sections --print-gc-sections --unresolved-symbols=ignore-all -e boot_start \
	    $(patsubst --wrap=%,-u %,$(4)) -o $$@ $$< 2>&1 | sed -nE "$$(ASIDE)" > $$(@:.o=.aside)
	$$(Q)objcopy @$$(@:.o=.aside) $$< $$@

# Linked twice: the first time to learn the functions' addresses and lines, the
# second time with the table of them, which lies behind everything and moves nothing.
$(OUT)/obj/$(1)/nosyms.elf: linker.ld $(call linked,$(1))
	$$(Q)$(LD) $(4) -T $$^ -nostdlib -z noexecstack -o $$@

$(OUT)/obj/$(1)/ksyms.asm: $(OUT)/obj/$(1)/nosyms.elf tools/ksyms.py
	$$(Q)tools/ksyms.py $$< > $$@

$(OUT)/obj/$(1)/ksyms.o: $(OUT)/obj/$(1)/ksyms.asm
	$$(Q)$(NASM) -f elf32 -o $$@ $$<

$(3): linker.ld $(call linked,$(1)) $(OUT)/obj/$(1)/ksyms.o
	$$(Q)$(LD) $(4) -T $$^ -nostdlib -z noexecstack -o $$@

-include $(patsubst %.o,%.d,$(call objects,$(1),$(KERNEL_SOURCES) $(SELFTEST_C)))
endef

$(eval $(call KERNEL_VARIANT,release,0,$(OUT)/strata.elf,))
$(eval $(call KERNEL_VARIANT,checked,1,$(OUT)/strata-checked.elf,$(SEAM:%=--wrap=%)))
