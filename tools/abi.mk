# Real programs, which tests/boot/test_abi.py runs on Linux and in the kernel:
# tests/abi/NAME.c, each linked with glibc and with musl, static. And some
# which need no library but user/lib.
#
#   build/abi/files     what comes into build/abi.cpio: programs, and the files
#                       that some of them read, below data/

ABI       := build/abi/files
ABI_NAMES := hello malloc processes files mapping advice
ABI_BARE  := random_calls arguments taint
MUSL      := $(PEERS)/usr
MUSL_LIB  := $(MUSL)/lib/i386-linux-musl

CC_ABI := i686-linux-gnu-gcc -std=gnu11 -O2 -Wall -Wextra -Werror -D_FILE_OFFSET_BITS=64

.PHONY: abi-programs
abi-programs: build/abi.cpio

build/abi.cpio: $(ABI_NAMES:%=$(ABI)/glibc/%) $(ABI_NAMES:%=$(ABI)/musl/%) \
                $(ABI)/glibc/umalloc $(ABI)/musl/umalloc \
                $(ABI_BARE:%=$(ABI)/%) $(ABI)/data tools/initrd.py
	$(Q)tools/initrd.py $@ $(ABI)

$(ABI)/glibc/%: tests/abi/%.c tests/abi/mapping.h tools/abi.mk
	@mkdir -p $(@D)
	$(Q)$(CC_ABI) -static -s -o $@ $<

# Without musl there is nothing, and the test says so.
CC_MUSL := $(CC_ABI) -fno-pie -nostdinc -isystem $(MUSL)/include/i386-linux-musl
LINK_MUSL = $(CC_MUSL) -static -nostdlib -no-pie -s -o $@ $(MUSL_LIB)/crt1.o \
                $(MUSL_LIB)/crti.o $^ $(MUSL_LIB)/libc.a -lgcc $(MUSL_LIB)/crtn.o

$(ABI)/musl/%: tests/abi/%.c | tests/abi/mapping.h tools/abi.mk $(MUSL)
	@mkdir -p $(@D)
	$(Q)if [ -e $(MUSL_LIB)/libc.a ]; then \
	    $(LINK_MUSL); \
	fi

# The program `malloc`, with ours in place of the library's.
$(ABI)/glibc/umalloc: tests/abi/malloc.c build/host/malloc/gcc-32/malloc.o
	@mkdir -p $(@D)
	$(Q)$(CC_ABI) -no-pie -static -s -o $@ $^

build/host/malloc/musl/malloc.o: $(MALLOC_C) $(MALLOC_H) tools/abi.mk | $(MUSL)
	@mkdir -p $(@D)
	$(Q)if [ -e $(MUSL_LIB)/libc.a ]; then \
	    $(CC_MUSL) -Iinclude -D_GNU_SOURCE -fno-builtin -c -o $@ $<; fi

$(ABI)/musl/umalloc: tests/abi/malloc.c build/host/malloc/musl/malloc.o
	@mkdir -p $(@D)
	$(Q)if [ -e $(MUSL_LIB)/libc.a ]; then $(LINK_MUSL); fi

$(ABI_BARE:%=$(ABI)/%): $(ABI)/%: build/obj/user/tests/abi/%.c.o $(USER_LIB) user/program.ld
	@mkdir -p $(@D)
	$(Q)$(LD) -T user/program.ld -nostdlib -z noexecstack -s -o $@ $< $(USER_LIB)

$(ABI)/data: tools/abi.mk
	$(Q)rm -rf $@
	$(Q)mkdir -p $@/folder
	$(Q)echo 'The quick brown fox jumps over the lazy dog.' > $@/text
	$(Q)seq 20000 > $@/numbers
	$(Q)echo deep > $@/folder/deep
	$(Q)touch $@/empty
	$(Q)ln -s text $@/link
	$(Q)ln -s nowhere $@/dangling
	$(Q)ln -s loop $@/loop
	$(Q)ln -s ../data $@/up
	$(Q)find $@ -exec touch -h -d @0 {} +
