# Real programs, which tests/boot/test_abi.py runs on Linux and in the kernel:
# tests/abi/NAME.c, each linked with glibc and with musl, static. And some
# which need no library but user/lib.
#
#   build/abi/files     what comes into build/abi.cpio: programs, and the files
#                       that some of them read, below data/

ABI        := build/abi/files
ABI_NAMES  := hello malloc processes files mapping advice faults signals \
              threads endings meetings maps
ABI_BARE   := random_calls arguments arguments_more taint frames \
              fuzz_calls fork_bomb many_regions deep_stack
ABI_SHARED := tests/abi/mapping.h tests/abi/handler.h
MUSL       := $(PEERS)/usr
MUSL_LIB   := $(MUSL)/lib/i386-linux-musl

CC_ABI := i686-linux-gnu-gcc -std=gnu11 -O2 -Wall -Wextra -Werror -D_FILE_OFFSET_BITS=64

.PHONY: abi-programs
abi-programs: build/abi.cpio

build/abi.cpio: $(ABI_NAMES:%=$(ABI)/glibc/%) $(ABI_NAMES:%=$(ABI)/musl/%) \
                $(foreach l,glibc musl,$(ABI)/$l/umalloc $(ABI)/$l/uthreads) \
                $(ABI_BARE:%=$(ABI)/%) $(ABI)/data tools/initrd.py
	$(Q)tools/initrd.py $@ $(ABI)

$(ABI)/glibc/%: tests/abi/%.c $(ABI_SHARED) tools/abi.mk
	@mkdir -p $(@D)
	$(Q)$(CC_ABI) -static -s -o $@ $<

# Without musl there is nothing, and the test says so.
CC_MUSL := $(CC_ABI) -fno-pie -nostdinc -isystem $(MUSL)/include/i386-linux-musl
LINK_MUSL = $(CC_MUSL) -static -nostdlib -no-pie -s -o $@ $(MUSL_LIB)/crt1.o \
                $(MUSL_LIB)/crti.o $^ $(MUSL_LIB)/libc.a -lgcc $(MUSL_LIB)/crtn.o

$(ABI)/musl/%: tests/abi/%.c | $(ABI_SHARED) tools/abi.mk $(MUSL)
	@mkdir -p $(@D)
	$(Q)if [ -e $(MUSL_LIB)/libc.a ]; then \
	    $(LINK_MUSL); \
	fi

# The programs `malloc` and `threads`, with ours in place of the library's.
$(ABI)/glibc/u%: tests/abi/%.c build/host/malloc/gcc-32/malloc.o
	@mkdir -p $(@D)
	$(Q)$(CC_ABI) -no-pie -static -s -o $@ $^

build/host/malloc/musl/malloc.o: $(MALLOC_C) $(MALLOC_H) tools/abi.mk | $(MUSL)
	@mkdir -p $(@D)
	$(Q)if [ -e $(MUSL_LIB)/libc.a ]; then \
	    $(CC_MUSL) -Iinclude -D_GNU_SOURCE -fno-builtin -c -o $@ $<; fi

$(ABI)/musl/u%: tests/abi/%.c build/host/malloc/musl/malloc.o
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

# Debian's shells, as they are: in an archive of their own, with what they are
# to run. Without them there is none, and the test says so.
#
#   build/shells/files  /bin/busybox, /bin/bash, the scripts of
#                       tests/abi/shells, /data as above

SHELLS := build/shells/files

abi-programs: $(SHELLS)

$(SHELLS): $(wildcard tests/abi/shells/*.sh) $(ABI)/data tools/abi.mk | build/shells/bin
	$(Q)rm -rf $@
	$(Q)mkdir -p $@/bin
	$(Q)cp $(wildcard tests/abi/shells/*.sh) $@
	$(Q)cp -a $(ABI)/data $@
	$(Q)for shell in busybox bash-static; do \
	    if [ -e build/shells/bin/$$shell ]; then \
	        cp build/shells/bin/$$shell $@/bin/$${shell%-static}; \
	    fi; \
	done
	$(Q)tools/initrd.py build/shells.cpio $@

build/shells/bin:
	$(Q)tools/fetch.sh build/shells busybox-static bash-static
