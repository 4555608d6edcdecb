# Which compiler, with which flags. CC=clang builds the same kernel with clang
# and ld.lld, below build/clang; every other build goes straight below build.

GCC := $(if $(shell command -v i686-elf-gcc),i686-elf-gcc,i686-linux-gnu-gcc)

ifneq ($(filter clang%,$(notdir $(CC))),)
  FAMILY   := clang
  OUT      := build/clang
  TARGET   := --target=i686-elf
  LD       := ld.lld -m elf_i386
  # addr2line does not find all that clang expands inline by DWARF 5.
  CFLAGS_FAMILY := $(TARGET) -mstack-alignment=4 -gdwarf-4
  CFLAGS_SMALL  := -Os
else
  FAMILY   := gcc
  OUT      := build
  ifneq ($(filter default undefined,$(origin CC)),)
    CC     := $(GCC)
  endif
  LD       := $(CC:gcc=ld) -m elf_i386
  CFLAGS_FAMILY := -mpreferred-stack-boundary=2 \
                   -fno-align-functions -fno-align-loops -fno-align-jumps -fno-align-labels \
                   -malign-data=abi
  # With arguments in registers a call is small: smaller than what it takes to keep
  # the variables of a function apart from those of one that is expanded in it.
  CFLAGS_SMALL  := $(if $(shell $(CC) -Oz -E -x c /dev/null 2>/dev/null),-Oz,-Os) \
                   -fno-inline-functions-called-once
endif

NASM := nasm

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wundef -Wvla \
            -Wstrict-prototypes -Wmissing-prototypes -Wcast-align \
            -Wframe-larger-than=1024 -Werror

# For every translation unit of ours, kernel or host.
CFLAGS_COMMON := -std=gnu11 -g $(WARNINGS) -Iinclude -MMD -MP

# -mgeneral-regs-only: the kernel uses no FPU. Frame pointers, for back-traces.
# -freg-struct-return: one-word structs (pfn_t) travel in a register.
CFLAGS_KERNEL := $(CFLAGS_COMMON) $(CFLAGS_FAMILY) -O2 -m32 -march=i486 -mtune=generic \
                 -ffreestanding -nostdlib -fno-pic -fno-pie \
                 -mgeneral-regs-only -freg-struct-return \
                 -fno-omit-frame-pointer -fno-optimize-sibling-calls \
                 -fno-stack-protector -fno-asynchronous-unwind-tables \
                 -fcf-protection=none \
                 -fno-strict-aliasing -fno-common

# For what is linked with the kernel alone: three arguments in registers, and the
# direct map where it is for ever. Whoever takes mm/ elsewhere, or writes programs,
# has i386's common convention, and platform_direct_map as a variable. Sections of
# their own, as functions that only tests call are put aside (tools/kernel.mk).
CFLAGS_ALONE := -mregparm=3 -DPLATFORM_DIRECT_MAP=DIRECT_MAP_START \
                -ffunction-sections -fdata-sections

# Compiled for speed: what allocations, faults and calls run through. All else is
# compiled for size, as small machines have to hold it.
FAST := $(addprefix mm/,pmm.c pmm_entry.c pt.c pt_batch.c pt_copy.c pt_map.c \
                        pt_protect.c kheap.c slab.c vm_fault.c vm_map.c \
                        vm_protect.c vm_region.c vm_tree.c) \
        kernel/lib/mem.c kernel/proc/sched.c kernel/sys/sys_memory.c \
        kernel/sys/usercopy.c kernel/x86/traps.c \
        $(wildcard tests/kernel/bench_*.c tests/bench/*/workloads.c)

# $(call for_size,SOURCE): what its compilation needs beside the other flags.
for_size = $(if $(filter $(FAST),$(1)),,$(CFLAGS_SMALL))

# Calls of these go through tests/seam.c, in the checked kernel and on the host:
# there each allocation of L4 can be made to fail. No source knows of it.
SEAM := kalloc kcalloc kalloc_aligned krealloc slab_cache_alloc
