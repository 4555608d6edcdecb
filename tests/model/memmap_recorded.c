/*
 * tests/model/memmap_recorded.c - memory maps that loaders really left.
 *
 * From QEMU (its own loader, and GRUB under SeaBIOS) and Bochs the bytes were
 * read at the kernel's entry. Those of UEFI and v86 are written after what is
 * known of them: UEFI has many entries, of types that the specification of
 * Multiboot does not know; v86 calls the BIOS's place RAM.
 */
#include "memmap_stories.h"

/* What all boards of QEMU say of the first MiB, and of the BIOS's flash. */
#define QEMU_LOW                                                       \
    { 0x0, 0x9fc00, 1 }, { 0x9fc00, 0x400, 2 }, { 0xf0000, 0x10000, 2 }
#define QEMU_FLASH { 0xfffc0000, 0x40000, 2 }

/* RAM from 1 MiB on, and the rest of it, which the firmware keeps. */
#define QEMU_RAM(end, kept) \
    { 0x100000, (end) - 0x100000 - (kept), 1 }, { (end) - (kept), (kept), 2 }

#define QEMU_PC(end) \
    { QEMU_LOW, QEMU_RAM(end, 0x20000), QEMU_FLASH }
#define QEMU_PC_BEYOND(end, beyond)                     \
    { QEMU_LOW, QEMU_RAM(end, 0x20000), QEMU_FLASH,     \
      { 0x100000000, beyond, 1 } }
#define QEMU_Q35_DEVICES \
    { 0xb0000000, 0x10000000, 2 }, { 0xfed1c000, 0x4000, 2 }
#define QEMU_Q35(end) \
    { QEMU_LOW, QEMU_RAM(end, 0x21000), QEMU_Q35_DEVICES, QEMU_FLASH }
#define QEMU_Q35_BEYOND(end, beyond)                                     \
    { QEMU_LOW, QEMU_RAM(end, 0x21000), QEMU_Q35_DEVICES, QEMU_FLASH,    \
      { 0x100000000, beyond, 1 } }

typedef const struct recorded_entry entries_t[];

static entries_t pc_2 = QEMU_PC(0x200000);
static entries_t pc_4 = QEMU_PC(0x400000);
static entries_t grub_8 = QEMU_PC(0x800000);
static entries_t pc_16 = QEMU_PC(0x1000000);
static entries_t pc_128 = QEMU_PC(0x8000000);
static entries_t pc_2048 = QEMU_PC(0x80000000);
static entries_t pc_3072 = QEMU_PC(0xc0000000);
static entries_t pc_3584 = QEMU_PC_BEYOND(0xc0000000, 0x20000000);
static entries_t grub_6144 = QEMU_PC_BEYOND(0xc0000000, 0xc0000000);
static entries_t pc_256_of_512 = QEMU_PC_BEYOND(0x10000000, 0x10000000);
static entries_t q35_128 = QEMU_Q35(0x8000000);
static entries_t grub_q35_512 = QEMU_Q35(0x20000000);
static entries_t q35_6144 = QEMU_Q35_BEYOND(0x80000000, 0x100000000);

static entries_t bochs_64 = {
    { 0x0, 0x9f000, 1 },           { 0x9f000, 0x1000, 2 },
    { 0xe8000, 0x18000, 2 },       { 0x100000, 0x3ef0000, 1 },
    { 0x3ff0000, 0x10000, 3 },     { 0xfffc0000, 0x40000, 2 },
};

static entries_t v86_64 = {
    { 0x0, 0xa0000, 1 },
    { 0xa0000, 0x20000, 2 },
    { 0xc0000, 0x3f40000, 1 },
    { 0x4000000, 0xfc000000, 2 },
};

static entries_t uefi_128 = {
    { 0x0, 0xa0000, 1 },           { 0x100000, 0x700000, 1 },
    { 0x800000, 0x8000, 4 },       { 0x808000, 0x3000, 1 },
    { 0x80b000, 0x1000, 4 },       { 0x80c000, 0x4000, 1 },
    { 0x810000, 0xf0000, 4 },      { 0x900000, 0x5a00000, 1 },
    { 0x6300000, 0x180000, 20 },   { 0x6480000, 0xcfb000, 1 },
    { 0x717b000, 0x200000, 20 },   { 0x737b000, 0x30000, 2 },
    { 0x73ab000, 0x12000, 3 },     { 0x73bd000, 0x80000, 4 },
    { 0x743d000, 0x9c3000, 1 },    { 0x7e00000, 0x60000, 20 },
    { 0x7e60000, 0x20000, 2 },     { 0x7e80000, 0x78000, 4 },
};

static entries_t uefi_ia32_512 = {
    { 0x0, 0x1000, 20 },           { 0x1000, 0x9f000, 1 },
    { 0x100000, 0x700000, 1 },     { 0x800000, 0x10000, 4 },
    { 0x810000, 0x17f0000, 1 },    { 0x2000000, 0x1b400000, 1 },
    { 0x1d400000, 0x20000, 20 },   { 0x1d420000, 0x21e0000, 1 },
    { 0x1f600000, 0x2bc000, 20 },  { 0x1f8bc000, 0x31000, 2 },
    { 0x1f8ed000, 0x12000, 3 },    { 0x1f8ff000, 0x80000, 4 },
    { 0x1f97f000, 0x541000, 1 },   { 0x1fec0000, 0x4000, 20 },
    { 0x1fec4000, 0x13c000, 1 },   { 0xb0000000, 0x10000000, 2 },
    { 0xffe00000, 0x200000, 2 },
};

#define RECORDED(name, entries) { name, entries, ARRAY_SIZE(entries) }

const struct recorded_map recorded_maps[STORY_RECORDED] = {
    RECORDED("QEMU pc, 2 MiB", pc_2),
    RECORDED("QEMU pc, 4 MiB", pc_4),
    RECORDED("GRUB on QEMU pc, 8 MiB", grub_8),
    RECORDED("QEMU pc, 16 MiB", pc_16),
    RECORDED("QEMU pc, 128 MiB, also by GRUB", pc_128),
    RECORDED("QEMU pc, 2 GiB", pc_2048),
    RECORDED("QEMU pc, 3 GiB", pc_3072),
    RECORDED("QEMU pc, 3.5 GiB", pc_3584),
    RECORDED("GRUB on QEMU pc, 6 GiB", grub_6144),
    RECORDED("QEMU pc, 256 of 512 MiB below 4 GiB", pc_256_of_512),
    RECORDED("QEMU q35, 128 MiB", q35_128),
    RECORDED("GRUB on QEMU q35, 512 MiB", grub_q35_512),
    RECORDED("QEMU q35, 6 GiB", q35_6144),
    RECORDED("GRUB on Bochs, 64 MiB", bochs_64),
    RECORDED("v86, 64 MiB", v86_64),
    RECORDED("GRUB under UEFI, 128 MiB", uefi_128),
    RECORDED("GRUB under UEFI for ia32, 512 MiB", uefi_ia32_512),
};
