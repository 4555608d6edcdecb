# Fuzzers: make fuzz TIME=60. What breaks one is left in build/fuzz, and is
# repeated by `build/fuzz/memmap_fuzz FILE`; build/fuzz/story SEED shows a
# story of tests/model by its number.

TIME := 60

CFLAGS_FUZZ := $(filter-out -MMD -MP,$(CFLAGS_COMMON)) -Wframe-larger-than=8192 \
               -O1 -fno-omit-frame-pointer -DCHECKED=1 -Itests/model

MEMMAP_C := $(wildcard mm/claim.c mm/memmap*.c tests/model/memmap*.c) kernel/multiboot.c
MEMMAP_H := $(wildcard mm/memmap*.h include/*/*.h tests/model/memmap*.h)

build/fuzz/memmap_fuzz: tests/fuzz/memmap_fuzz.c $(MEMMAP_C) $(MEMMAP_H)
	@mkdir -p $(@D)
	$(Q)clang $(CFLAGS_FUZZ) -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $(filter %.c,$^)

CPIO_C := kernel/fs/cpio.c tests/model/cpio_maker.c

build/fuzz/cpio_fuzz: tests/fuzz/cpio_fuzz.c $(CPIO_C) include/kernel/cpio.h tests/model/cpio_maker.h
	@mkdir -p $(@D)
	$(Q)clang $(CFLAGS_FUZZ) -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $(filter %.c,$^)

build/fuzz/story: tests/fuzz/story.c $(MEMMAP_C) $(MEMMAP_H)
	@mkdir -p $(@D)
	$(Q)gcc $(CFLAGS_FUZZ) $(SANITIZE) -o $@ $(filter %.c,$^)

ELF_C := kernel/proc/elf_check.c tests/model/elf_model.c

build/fuzz/elf_fuzz: tests/fuzz/elf_fuzz.c $(ELF_C) include/kernel/elf.h
	@mkdir -p $(@D)
	$(Q)clang $(CFLAGS_FUZZ) -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $(filter %.c,$^)

# The sanitizer has a malloc of its own: ours goes by other names.
TRIED := malloc calloc realloc reallocarray aligned_alloc memalign valloc pvalloc \
         posix_memalign malloc_usable_size malloc_trim free

build/fuzz/malloc_fuzz: tests/fuzz/malloc_fuzz.c $(MALLOC_C) $(MALLOC_H)
	@mkdir -p $(@D)
	$(Q)clang $(CFLAGS_FUZZ) -D_GNU_SOURCE -fno-builtin -fsanitize=fuzzer-no-link,undefined -fno-sanitize-recover=all -c -o $@.o $(MALLOC_C)
	$(Q)objcopy $(foreach name,$(TRIED),--redefine-sym $(name)=tried_$(name)) $@.o
	$(Q)clang $(CFLAGS_FUZZ) -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $< $@.o

# A fuzzer's run: a third of the time each.
FUZZ = -max_total_time=$$(($(TIME) / 3)) -print_final_stats=1 -artifact_prefix=build/fuzz/

.PHONY: fuzz
fuzz: setup-test
	@$(SUBMAKE) build/fuzz/memmap_fuzz build/fuzz/elf_fuzz build/fuzz/malloc_fuzz build/fuzz/story
	@mkdir -p build/fuzz/corpus build/fuzz/elf-corpus build/fuzz/malloc-corpus
	@build/fuzz/malloc_fuzz $(FUZZ) -max_len=4096 build/fuzz/malloc-corpus
	@build/fuzz/elf_fuzz $(FUZZ) -max_len=512 build/fuzz/elf-corpus
	@build/fuzz/memmap_fuzz $(FUZZ) -max_len=8192 build/fuzz/corpus

# The loader that tests/boot/test_false_loader.py starts.
$(OUT)/false_loader.elf: tests/boot/false_loader.asm tools/fuzz.mk
	@mkdir -p $(@D)
	$(Q)$(NASM) -f elf32 -Werror -o $(@:.elf=.o) $<
	$(Q)$(LD) -nostdlib -z noexecstack -e start -Ttext 0x300000 -o $@ $(@:.elf=.o)
