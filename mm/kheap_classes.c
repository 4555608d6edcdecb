/*
 * mm/kheap_classes.c - L4: the size classes, made at boot.
 */
#include "kheap_classes.h"

#include "lib/mem.h"
#include "slab_record.h"
#include "slab_slot.h"

struct kheap_classes kheap_classes;

static void name_class(char *name, u32 bytes)
{
    char digits[CLASS_NAME_MAX];
    u32 count = 0;

    for (; bytes; bytes /= 10)
        digits[count++] = (char)('0' + bytes % 10);
    while (count > 0)
        *name++ = digits[--count];
    memcpy(name, " bytes", sizeof " bytes");
}

static void make_classes(u32 switches)
{
    u32 bytes = 0;

    for (u32 i = 0; i < CLASSES; i++) {
        struct slab_cache *class = &kheap_classes.all[i];
        char *name = kheap_classes.names[i];
        bytes = next_class_bytes(bytes);
        name_class(name, bytes);
        slab_create(class, name, bytes, SLAB_ALIGN,
                    switches | slab_switches_of(name));
        class->kfree_reciprocal = class->reciprocal;
    }
}

/* A slot of the next few classes, a quarter larger at most, is better than a
 * new slab; but a checked class neither borrows nor lends. */
static void find_lenders(void)
{
    struct slab_cache *classes = kheap_classes.all;

    for (u32 i = 0; i < CLASSES; i++) {
        u32 bytes = classes[i].object_bytes, last = i;
        while (classes[i].switches == 0 && last + 1 < CLASSES &&
               classes[last + 1].object_bytes <= bytes + bytes / 4)
            last++;
        classes[i].lenders = last - i;
    }
}

/* The smallest class for each multiple of `step`. */
static void fill_table(struct slab_cache **table, u32 count, u32 step)
{
    struct slab_cache *class = kheap_classes.all;

    for (u32 i = 0; i < count; i++) {
        while (class->object_bytes < i * step)
            class++;
        table[i] = class;
    }
}

void kheap_classes_init(u32 switches)
{
    memset(&kheap_classes, 0, sizeof kheap_classes);
    make_classes(switches);
    find_lenders();
    fill_table(kheap_classes.small, SMALLS, STEP);
    fill_table(kheap_classes.medium, MEDIUMS, LARGE_STEP);
}
