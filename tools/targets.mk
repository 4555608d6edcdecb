# What there is to make: images, emulators, tests. `make help` lists it.

.DEFAULT_GOAL := kernel
.DELETE_ON_ERROR:
.PHONY: kernel iso run debug check test test-long test-images soak bench \
        bench-pmm bench-kheap bench-umalloc bench-mmbench bench-heaps \
        clean help setup setup-test

# V=1 shows the commands.
ifneq ($(V),1)
  Q := @
endif

MEM   := 128
BREAK := kernel_main
# What installs or needs what was installed builds by a make of its own, on
# all processors unless the user said how many.
SUBMAKE = $(MAKE) --no-print-directory $(if $(Q),-s) \
          $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

setup:
	@tools/setup.sh

setup-test:
	@tools/setup.sh test

# --- the bootable image --------------------------------------------------

# Only the modules that the boot takes, and a packed kernel, so that the image
# stays small. Some padding there must be: GRUB reads ahead, and what it asks
# for beyond the end it gets nothing of.
MODULES := multiboot normal iso9660 biosdisk echo gzio
MKRESCUE = grub-mkrescue -d /usr/lib/grub/i386-pc --locales= --fonts= \
           --themes= --install-modules="$(MODULES)" -o $@ $(@:.iso=) \
           -- -padding 128k

iso: $(OUT)/strata.iso

# strata-tests.iso has the second entry of the menu chosen, and no delay.
$(OUT)/strata.iso: EDIT :=
$(OUT)/strata-tests.iso: EDIT := s/timeout=1/timeout=0/; s/default=0/default=1/

$(OUT)/%.iso: $(OUT)/strata.elf $(OUT)/initrd.cpio iso/grub.cfg tools/targets.mk
	$(Q)rm -rf $(@:.iso=)
	$(Q)mkdir -p $(@:.iso=)/boot/grub
	$(Q)objcopy --strip-all $< $(@:.iso=)/boot/strata.elf
	$(Q)cp $(OUT)/initrd.cpio $(@:.iso=)/boot
	$(Q)gzip --best --no-name $(@:.iso=)/boot/strata.elf $(@:.iso=)/boot/initrd.cpio
	$(Q)sed '$(EDIT)' iso/grub.cfg > $(@:.iso=)/boot/grub/grub.cfg
	$(Q)$(MKRESCUE) 2> $@.log || { cat $@.log; exit 1; }

# --- emulators ------------------------------------------------------------

QEMU := qemu-system-i386 -m $(MEM) $(if $(CPU),-cpu $(CPU)) \
        $(if $(KVM),-enable-kvm)
ifneq ($(TRACE),)
  QEMU += -no-reboot -d int,cpu_reset -D $(OUT)/trace.log
endif

# The image has its own command line; with APPEND, QEMU loads the kernel.
ifeq ($(APPEND),)
  RUN_NEEDS := iso
  RUN_BOOTS := -cdrom $(OUT)/strata.iso
else
  RUN_NEEDS := kernel $(OUT)/initrd.cpio
  RUN_BOOTS := -kernel $(OUT)/strata.elf -append '$(APPEND)' -initrd $(OUT)/initrd.cpio
endif

run: setup
	@echo "Building; then the console is here. To leave QEMU: Ctrl-A, then X."
	@$(SUBMAKE) $(RUN_NEEDS)
	$(if $(TRACE),@echo "Interrupts and resets go to $(OUT)/trace.log.")
	$(Q)$(QEMU) -nographic $(RUN_BOOTS)

debug: setup-test
	@$(SUBMAKE) kernel $(OUT)/initrd.cpio
	$(Q)tools/gdb/debug.sh $(OUT) '$(BREAK)' $(QEMU) -append '$(APPEND)' -initrd $(OUT)/initrd.cpio

# --- tests ----------------------------------------------------------------

# Whatever CC is, the tests take both compilers.
test test-long: setup-test
	@echo "Building the kernel with both compilers, and the host's tests."
	@$(SUBMAKE) CC=$(GCC) kernel test-images port-programs
	@$(SUBMAKE) CC=clang kernel test-images port-programs
	@$(SUBMAKE) host-tests umalloc-tests malloc build/fuzz/story build/fuzz/memmap_fuzz
	@$(SUBMAKE) CC=$(GCC) bench-programs abi-programs real-programs
	$(Q)tests/run.pl $(if $(filter %-long,$@),--long)

soak: TIME := 600
soak: setup-test
	@$(SUBMAKE) CC=$(GCC) kernel
	$(Q)tests/boot/test_soak.py --time $(TIME) --memory $(MEM) $(if $(SEED),--seed $(SEED))

test-images: $(OUT)/strata.iso $(OUT)/strata-tests.iso $(OUT)/false_loader.elf

check: kernel $(HEAP_i386)
	$(Q)tools/style.py
	$(Q)tools/headers.py $(CC) $(CFLAGS_KERNEL) -DCHECKED=0
	$(Q)tools/layers.py $(OUT)/obj/release/mm $(OUT)/obj/checked/mm \
	               $(OUT)/obj/lib-i386/mm
	$(Q)tools/sweeps.py $(OUT)/obj/release

# What is measured is what gcc makes: the budget and the figures are its own.
bench: setup-test
	@$(SUBMAKE) CC=$(GCC) kernel iso bench-programs bench-peers real-programs
	@tests/bench/bench.py

bench-pmm: setup-test
	@$(SUBMAKE) CC=$(GCC) bench-programs
	@tests/bench/bench.py --counts pmm

bench-kheap: setup-test
	@$(SUBMAKE) CC=$(GCC) kernel bench-programs
	@tests/bench/bench.py --counts kheap

bench-umalloc: setup-test
	@$(SUBMAKE) CC=$(GCC) bench-programs
	@tests/bench/bench.py --counts umalloc

bench-mmbench: setup-test
	@$(SUBMAKE) CC=$(GCC) kernel $(OUT)/initrd.cpio
	@tests/bench/bench.py --counts mmbench

bench-heaps: setup-test
	@$(SUBMAKE) CC=$(GCC) bench-programs bench-peers real-programs
	@tests/bench/bench.py heaps

clean:
	rm -rf build

define HELP
make run         build, and boot the image in QEMU; the console is the terminal
make debug       boot under GDB, halted at kernel_main
make test        every test there is; installs what it needs; some minutes
make test-long   the same with the large counts, on every machine
make soak        random work at all layers in QEMU, for TIME=600 s; SEED=N
                 does again what the run with this seed did
make bench       measure, against tests/bench/targets.tsv; build/bench.json
make bench-pmm   only the counts of the frame allocator; half a minute
make bench-kheap the same of the heap
make bench-umalloc
                 the same of the user malloc
make bench-mmbench
                 the same of system calls and page faults
make bench-heaps the user malloc beside those of others, on workloads and real
                 programs; build/bench-heaps.json
make fuzz        hostile memory maps, programs, and calls of malloc, by
                 libFuzzer, TIME=60 s
make kernel      build/strata.elf (release) and build/strata-checked.elf
make iso         build/strata.iso
make lib         build/lib/libstrata-mm.a: mm/ for your own kernel or program;
                 docs/porting.md goes along
make check       the static checks: layers, headers, comments, sweeps
make clean       remove build/
make help        this

CC=clang         build with clang and ld.lld, below build/clang; else
                 i686-elf-gcc, or i686-linux-gnu-gcc where there is none
MEM=128          the machine's memory in MiB             (run, debug, soak)
CPU=pentium3     its processor: what qemu -cpu takes     (run, debug)
ROOT=folder      what is in there comes into the archive of files, to be run by
                 init=/NAME, or by `run /NAME` at the prompt      (run, debug)
APPEND="test"    the kernel's command line; QEMU then loads the kernel
                 itself, without GRUB                    (run, debug)
TRACE=1          log every interrupt and reset to build/trace.log, and stop
                 instead of rebooting                    (run, debug)
KVM=1            let the real processor run it           (run)
BREAK=pmm_init   where to stop, for kernel_main          (debug)
ARCH=host64      for programs of this machine, below build/lib/host64   (lib)
V=1              show the commands
endef

help: export TEXT = $(HELP)
help:
	@echo "$$TEXT"
