/*
 * mm/addr.h - the address map, and one type for each sort of address.
 *
 * A frame is 4 KiB of physical memory and is named by its number (pfn_t); a
 * page is 4 KiB of virtual memory. A chunk is 1024 frames, 4 MiB: what one
 * page-directory entry maps. pfn_t and phys_addr_t are structs, so that the
 * compiler refuses to mix them with each other or with plain numbers; a
 * virtual address is a plain number; memory that C may touch is a pointer.
 *
 *      0xffffffff  +-------------------+
 *                  | nothing           |  an access here is a wild pointer
 *      0xffc00000  +-------------------+
 *                  | windows           |  high frames, for a moment
 *      0xff800000  +-------------------+
 *                  | kva               |  kernel ranges: stacks, devices,
 *                  |                   |  blocks of more than a chunk
 *      0xf0000000  +-------------------+
 *                  | direct map        |  frame n at 0xc0000000 + n * 4096,
 *                  |                   |  the first 768 MiB of RAM
 *      0xc0000000  +-------------------+
 *                  | user              |
 *      0x00010000  +-------------------+
 *                  | nothing           |  null pointers
 *      0x00000000  +-------------------+
 */
#ifndef MM_ADDR_H
#define MM_ADDR_H

#include "lib/types.h"
#include "mm/platform.h"

enum {
    PAGE_SHIFT = 12,
    PAGE_SIZE = 1 << PAGE_SHIFT,
    CHUNK_ORDER = 10,
    CHUNK_FRAMES = 1 << CHUNK_ORDER,
    CHUNK_SHIFT = PAGE_SHIFT + CHUNK_ORDER,
    CHUNK_SIZE = 1 << CHUNK_SHIFT,
    CHUNKS = 1024, /* in 4 GiB */
};

#define USER_START         0x00010000u
#define USER_END           0xc0000000u
#define DIRECT_MAP_START   0xc0000000u
#define DIRECT_MAP_END     0xf0000000u
#define KVA_START          0xf0000000u
#define KVA_END            0xff800000u
#define WINDOWS_START      0xff800000u
#define WINDOWS_END        0xffc00000u

/* Frames below this one are in the direct map. */
#define DIRECT_MAP_FRAMES  ((DIRECT_MAP_END - DIRECT_MAP_START) >> PAGE_SHIFT)
/* One more than the last frame that 32 bits can name. */
#define FRAMES_MAX         (1u << 20)

typedef u32 virt_addr_t;

typedef struct {
    u32 addr; /* bytes */
} phys_addr_t;

typedef struct {
    u32 n; /* frames of PAGE_SIZE bytes */
} pfn_t;

/* "No frame": what an allocation answers when memory is exhausted. */
#define PFN_NONE ((pfn_t){ ~0u })

static inline pfn_t pfn(u32 n)
{
    return (pfn_t){ n };
}

static inline bool pfn_is_none(pfn_t frame)
{
    return frame.n == ~0u;
}

static inline phys_addr_t phys(u32 addr)
{
    return (phys_addr_t){ addr };
}

static inline phys_addr_t pfn_to_phys(pfn_t frame)
{
    return phys(frame.n << PAGE_SHIFT);
}

static inline pfn_t phys_to_pfn(phys_addr_t p)
{
    return pfn(p.addr >> PAGE_SHIFT);
}

static inline bool is_page_aligned(u32 addr)
{
    return addr % PAGE_SIZE == 0;
}

/*
 * Between a kernel virtual address and a pointer. In the kernel both are
 * the same number; on a host, the kernel's quarter of the address space is
 * an arena elsewhere, and platform_direct_map says where.
 */
static inline void *virt_to_ptr(virt_addr_t va)
{
    return (void *)((uintptr_t)platform_direct_map + (va - DIRECT_MAP_START));
}

static inline virt_addr_t ptr_to_virt(const void *ptr)
{
    return (virt_addr_t)((uintptr_t)ptr - (uintptr_t)platform_direct_map) +
           DIRECT_MAP_START;
}

/* Between a frame below DIRECT_MAP_FRAMES and a pointer to its memory. The sum
 * is one of numbers: where the direct map begins at 0, a compiler may take it
 * that a pointer made from that null pointer is null as well. */
static inline void *phys_to_ptr(phys_addr_t p)
{
    return (void *)((uintptr_t)platform_direct_map + p.addr);
}

static inline phys_addr_t ptr_to_phys(const void *ptr)
{
    return phys(ptr_to_virt(ptr) - DIRECT_MAP_START);
}

static inline void *pfn_to_ptr(pfn_t frame)
{
    return phys_to_ptr(pfn_to_phys(frame));
}

static inline pfn_t ptr_to_pfn(const void *ptr)
{
    return phys_to_pfn(ptr_to_phys(ptr));
}

/* Does `ptr` point into the direct map? Any pointer may be asked about. */
static inline bool ptr_is_direct(const void *ptr)
{
    uintptr_t offset = (uintptr_t)ptr - (uintptr_t)platform_direct_map;

    return offset < DIRECT_MAP_END - DIRECT_MAP_START;
}

#endif
