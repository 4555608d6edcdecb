# The same mm/ and the same test bodies as programs of this host, four times:
# two compilers, 64 and 32 bit, all under the address and the undefined
# behaviour sanitizer. build/host/WORLD/selftest prints TAP.

WORLDS := gcc-64 gcc-32 clang-64 clang-32

# The 32-bit C library lies beside the cross compiler, not in /lib.
LIBC_32 := -Wl,--dynamic-linker=/usr/i686-linux-gnu/lib/ld-linux.so.2 \
           -Wl,-rpath,/usr/i686-linux-gnu/lib

CC_gcc-64   := gcc
CC_gcc-32   := i686-linux-gnu-gcc -freg-struct-return
CC_clang-64 := clang
CC_clang-32 := clang --target=i686-linux-gnu -freg-struct-return

LINK_gcc-32   := $(LIBC_32)
LINK_clang-32 := $(LIBC_32)

# The linker knows where the tests' records lie; the kernel's own linker
# script says it by these names.
RECORDS := -Wl,--defsym=selftest_records_start=__start_selftest_records \
           -Wl,--defsym=selftest_records_end=__stop_selftest_records

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all

# Stack frames may be larger than in the kernel: the sanitizer puts a red zone
# around each variable. A test comes back from a panic by longjmp(), after
# which an inlined function's variables would be in doubt.
CFLAGS_HOST := $(CFLAGS_COMMON) -Wframe-larger-than=8192 \
               -O1 -fno-inline -fno-omit-frame-pointer -DCHECKED=1 -Itests -Itests/model -Itests/host $(SANITIZE)

HOST_C := $(MM_C) $(sort $(wildcard tests/unit/*.c tests/host/*.c tests/*.c \
                                    tests/model/*.c kernel/lib/printf.c \
                                    kernel/lib/fold.c kernel/lib/number.c \
                                    kernel/mon/line.c \
                                    kernel/proc/elf_check.c \
                                    kernel/proc/pid.c \
                                    kernel/multiboot.c kernel/fs/cpio.c \
                                    kernel/fs/initrd.c kernel/fs/node.c))

.PHONY: host-tests
host-tests: $(WORLDS:%=build/host/%/selftest)

# $(call host_objects,WORLD): the objects of one world.
host_objects = $(HOST_C:%=build/host/$(1)/%.o)

define HOST_WORLD
build/host/$(1)/%.c.o: %.c tools/toolchain.mk tools/host.mk
	@mkdir -p $$(@D)
	$$(Q)$$(CC_$(1)) $$(CFLAGS_HOST) -c $$< -o $$@

build/host/$(1)/selftest: $(call host_objects,$(1))
	$$(Q)$$(CC_$(1)) $$(SANITIZE) $$(LINK_$(1)) $$(RECORDS) $(SEAM:%=-Wl,--wrap=%) -o $$@ $$^

-include $(patsubst %.o,%.d,$(call host_objects,$(1)))
endef

$(foreach world,$(WORLDS),$(eval $(call HOST_WORLD,$(world))))
