# Programs, and the archives that bring them to the kernel. Every user/NAME.c is
# a program, linked with user/lib and, if it wants a heap, user/malloc:
# build/user/NAME.elf for GDB, and without its symbols build/user/files/NAME. They need nothing of the C library, and run on
# Linux as well.
#
#   build/builtin.cpio  these programs; part of the kernel's image, for when the
#                       loader brings no archive. But not those with a heap:
#                       small machines would feel it
#   build/initrd.cpio   all of them, the bench, and what is below ROOT

WITH_HEAP := heap
USER_C    := $(wildcard user/*.c)
BUILTIN   := $(filter-out $(WITH_HEAP:%=$(OUT)/user/files/%),$(USER_C:user/%.c=$(OUT)/user/files/%))
PROGRAMS  := $(BUILTIN) $(WITH_HEAP:%=$(OUT)/user/heap/%)
USER_LIB := $(patsubst %,$(OUT)/obj/user/%.o,$(wildcard user/lib/*.asm user/lib/*.c) \
                                             kernel/lib/mem.c)

# What the kernel must do without, programs may use, but none needs it.
CFLAGS_USER := $(CFLAGS_KERNEL) -Iuser -DCHECKED=0

.PHONY: user
user: $(PROGRAMS)

$(OUT)/obj/user/%.c.o: %.c tools/toolchain.mk tools/user.mk
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_USER) -c $< -o $@

$(OUT)/obj/user/%.asm.o: %.asm tools/user.mk
	@mkdir -p $(@D)
	$(Q)$(NASM) -f elf32 -Werror -o $@ $<

$(OUT)/user/%.elf: $(OUT)/obj/user/user/%.c.o $(USER_LIB) $(OUT)/user/libmalloc.a user/program.ld
	@mkdir -p $(@D)
	$(Q)$(LD) -T user/program.ld -nostdlib -z noexecstack -o $@ $< $(USER_LIB) $(OUT)/user/libmalloc.a

$(OUT)/user/files/%: $(OUT)/user/%.elf
	@mkdir -p $(@D)
	$(Q)objcopy --strip-all $< $@

$(OUT)/user/heap/%: $(OUT)/user/%.elf
	@mkdir -p $(@D)
	$(Q)objcopy --strip-all $< $@

.SECONDARY: $(USER_C:user/%.c=$(OUT)/user/%.elf) $(USER_C:%=$(OUT)/obj/user/%.o)

# As the comment in it says; it is to be the same wherever it is measured.
$(OUT)/bench/files/mmbench: tests/bench/mmbench.c tools/user.mk
	@mkdir -p $(@D)
	$(Q)$(GCC) -O2 -static -nostdlib -ffreestanding -fno-stack-protector \
	           -fno-pic -no-pie -s -o $@ $<

$(OUT)/builtin.cpio: $(BUILTIN) tools/initrd.py
	$(Q)tools/initrd.py $@ $(OUT)/user/files

# Looked at each time, as what is below ROOT may have changed; an archive that
# has not is left alone.
.PHONY: look
$(OUT)/initrd.cpio: $(PROGRAMS) $(OUT)/bench/files/mmbench tools/initrd.py look
	$(Q)tools/initrd.py $@ $(OUT)/user/files $(OUT)/user/heap $(OUT)/bench/files $(ROOT)

-include $(wildcard $(OUT)/obj/user/*/*.d $(OUT)/obj/user/*/*/*.d)
