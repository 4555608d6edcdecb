/*
 * kernel.c - a kernel on L0, L1 and the heap, and on nothing else of mm/: no
 * page tables, no higher half.
 *
 * Paging is off, so that a physical address is an address: the direct map
 * begins at 0. docs/porting.md says how to build it. It does a little work,
 * prints what it did on the serial port, and ends with a mistake that the
 * heap finds.
 *
 *      0           1 MiB                                     the end of RAM
 *      | firmware  | kernel | .... frames, for L1 to give .... | L1's own |
 *                           image_end
 */
#include "kernel/multiboot.h"
#include "kernel/printf.h"
#include "kernel/symbols.h"
#include "mm/kheap.h"
#include "mm/memmap.h"
#include "mm/pmm.h"
#include "x86/io.h"

enum {
    SERIAL_DATA = 0x3f8,
    SERIAL_LINE = SERIAL_DATA + 3,
    SERIAL_STATUS = SERIAL_DATA + 5,
    STATUS_ROOM = 0x20,
    EXIT_PORT = 0xf4, /* QEMU's isa-debug-exit: ends with 2 * byte + 1 */
};

extern char image_end[]; /* kernel.ld */

void kernel_main(u32 magic, u32 info);

/* -------------------------------------------------------------------- text */

static void serial_init(void)
{
    outb(SERIAL_LINE, 0x80);     /* the next two are the divisor */
    outb(SERIAL_DATA, 1);        /* 115200 baud                  */
    outb(SERIAL_DATA + 1, 0);
    outb(SERIAL_LINE, 0x03);     /* 8 bits, no parity, 1 stop    */
}

static void serial_put(struct print_sink *sink, char c)
{
    (void)sink;
    while (!(inb(SERIAL_STATUS) & STATUS_ROOM))
        continue;
    outb(SERIAL_DATA, (u8)c);
}

static struct print_sink serial = { serial_put };

/* kernel/lib/printf.c asks this for every %p: here no function has a name. */
bool symbol_find_call(u32 address, struct symbol *out)
{
    (void)address;
    (void)out;
    return false;
}

bool symbol_find(u32 address, struct symbol *out)
{
    return symbol_find_call(address, out);
}

/* ------------------------------------------------ the platform of mm/ */

u8 *platform_direct_map = NULL; /* address n is byte n of memory */

static void print_line(const char *word, const char *format,
                       va_list arguments)
{
    while (*word)
        serial_put(&serial, *word++);
    kvprintf(&serial, format, arguments);
    serial_put(&serial, '\n');
}

void platform_log(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_line("", format, arguments);
    va_end(arguments);
}

u32 platform_backtrace(const void **out, u32 max)
{
    (void)out;
    (void)max;
    return 0;
}

void platform_panic(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_line("panic: ", format, arguments);
    va_end(arguments);
    outb(EXIT_PORT, 1);
    for (;;)
        __asm__ volatile("cli\n\thlt");
}

/* -------------------------------------------------------------------- boot */

/* What the loader says, but for what is in use: the first MiB, where firmware
 * and loader keep their things, and behind it this kernel. */
static void init_memory(const struct multiboot_info *info)
{
    const struct multiboot_map map = {
        .entries = phys_to_ptr(phys(info->map)),
        .bytes = info->map_bytes,
    };
    const struct memmap_range taken = {
        0, ptr_to_phys(image_end).addr, MEMMAP_KERNEL,
    };
    const struct memmap_story story = { multiboot_next_entry, &map, &taken, 1 };

    memmap_init(&story); /* L0  whose bytes are these    */
    pmm_init();          /* L1  frames: alloc, free      */
    kheap_init();        /* L4  kalloc, kfree            */
}

/* -------------------------------------------------------------------- work */

static void use_frames(void)
{
    pfn_t one = pmm_alloc(ZONE_LOW, FRAME_KERNEL);
    pfn_t eight = pmm_alloc_run(ZONE_LOW, 3, FRAME_KERNEL);

    CHECK(!pfn_is_none(one) && !pfn_is_none(eight), "no frames");
    platform_log("a frame at 0x%x, eight more from 0x%x on",
                 pfn_to_phys(one).addr, pfn_to_phys(eight).addr);
    pmm_free(one, FRAME_KERNEL);
    pmm_free_run(eight, 3, FRAME_KERNEL);
}

static char *use_heap(void)
{
    char *text = kalloc(16);
    u32 *zeros = kcalloc(1000, sizeof *zeros);

    CHECK(text && zeros && zeros[999] == 0, "no blocks");
    ksnprintf(text, 16, "kept by a move");
    char *moved = krealloc(text, 100000);
    CHECK(moved, "no larger block");
    platform_log("a block from %p to %p: %s", text, moved, moved);
    CHECK(!kalloc(1u << 30), "there is no such memory");
    platform_log("a block of 1 GiB: refused");
    kfree(zeros);
    return moved;
}

void kernel_main(u32 magic, u32 info)
{
    const struct multiboot_info *loader = phys_to_ptr(phys(info));

    serial_init();
    CHECK(magic == MULTIBOOT_LOADER_MAGIC &&
              (loader->flags & MULTIBOOT_HAS_MAP),
          "no Multiboot loader, or none that knows of memory");
    init_memory(loader);
    use_frames();
    char *text = use_heap();
    memmap_dump();
    kheap_dump();
    pmm_check();
    kheap_check();
    platform_log("all invariants hold; now a block is freed twice");
    kfree(text);
    kfree(text);
    platform_log("nobody noticed");
}
