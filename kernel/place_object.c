/*
 * kernel/place_object.c - what the heap knows of one object that it checks.
 */
#include "kernel/place.h"
#include "kernel/printf.h"

static void print_calls(const char *what,
                        const void *const calls[SLAB_TRACE_MAX])
{
    report("\n  %s by %p", what, calls[0]);
    for (u32 i = 1; i < SLAB_TRACE_MAX && calls[i]; i++)
        report("\n    from %p", calls[i]);
}

void place_print_object(const struct slab_record *object, virt_addr_t address)
{
    bool is_live = slab_record_is_live(object);

    report("byte %d of %s object of %u bytes, %p of '%s'",
            (int)(address - ptr_to_virt(object->object)),
            is_live ? "an" : "a freed", object->bytes, (void *)object->object,
            object->cache ? object->cache->name : "large blocks");
    print_calls("allocated", object->allocated);
    if (!is_live)
        print_calls("freed", object->freed);
}
