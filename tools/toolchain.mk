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
else
  FAMILY   := gcc
  OUT      := build
  ifneq ($(filter default undefined,$(origin CC)),)
    CC     := $(GCC)
  endif
  LD       := $(CC:gcc=ld) -m elf_i386
  CFLAGS_FAMILY := -mpreferred-stack-boundary=2
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

# Calls of these go through tests/seam.c, in the checked kernel and on the host:
# there each allocation of L4 can be made to fail. No source knows of it.
SEAM := kalloc kcalloc kalloc_aligned krealloc slab_cache_alloc
