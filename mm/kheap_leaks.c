/*
 * mm/kheap_leaks.c - L4: who has allocated what is still in use.
 *
 * One pass over all blocks adds them up by site, which is where the heap was
 * called from. It allocates nothing: the table of sites is small, and what
 * comes when it is full is counted as "others".
 */
#include "kheap_internal.h"
#include "slab_record.h"
#include "slab_slot.h"

enum { SITES = 64 };

struct site {
    const void *caller;
    u32 count, bytes;
};

static struct {
    struct site sites[SITES];
    struct site others;  /* for which there was no room          */
    struct site unknown; /* blocks without a trace               */
    u32 used;            /* sites                                */
    u32 since;
} table;

static struct site *site_of(const void *caller)
{
    for (u32 i = 0; i < table.used; i++)
        if (table.sites[i].caller == caller)
            return &table.sites[i];
    if (table.used == SITES)
        return &table.others;
    table.sites[table.used].caller = caller;
    return &table.sites[table.used++];
}

/* A slab's descriptor is the heap's own. */
static bool is_descriptor(const void *block)
{
    const struct slab_group *slab = slab_of(block);

    return slab && hosts_itself(slab->cache);
}

static void add_block(const struct kheap_block *block, void *context)
{
    const struct slab_record *record = slab_find_record(block->start);
    struct site *site = &table.unknown;

    (void)context;
    if (record && (record->switches & SLAB_TRACE)) {
        if (record->serial <= table.since)
            return;
        site = site_of(record->allocated[0]);
    } else if (is_descriptor(block->start)) {
        return;
    }
    site->count++;
    site->bytes += block->bytes;
}

/* The rest of the sites is less: the largest comes to its place. */
static void bring_largest(u32 place)
{
    u32 largest = place;

    for (u32 i = place + 1; i < table.used; i++)
        if (table.sites[i].bytes > table.sites[largest].bytes)
            largest = i;
    struct site site = table.sites[place];
    table.sites[place] = table.sites[largest];
    table.sites[largest] = site;
}

static void print_rest(const char *name, const struct site *site)
{
    if (site->count > 0)
        platform_log("  %8u bytes in %5u blocks %s", site->bytes, site->count,
                     name);
}

static void print_sites(void)
{
    for (u32 i = 0; i < table.used; i++) {
        bring_largest(i);
        platform_log("  %8u bytes in %5u blocks by %p", table.sites[i].bytes,
                     table.sites[i].count, table.sites[i].caller);
    }
    print_rest("by others", &table.others);
    print_rest("of which nothing is known", &table.unknown);
}

static void add_switches(const struct slab_cache *cache, void *context)
{
    u32 *switches = context;

    *switches |= cache->switches;
}

void kheap_dump_leaks(u32 since)
{
    u32 switches = 0;

    slab_each(add_switches, &switches);
    if (!(switches & SLAB_TRACE))
        platform_log("  nobody notes who allocates: that needs heap=trace on "
                     "the command line");
    table.used = 0;
    table.others = table.unknown = (struct site){ .count = 0 };
    for (u32 i = 0; i < SITES; i++)
        table.sites[i] = table.others;
    table.since = since;
    kheap_each(add_block, NULL);
    print_sites();
    platform_log("  mark %u: what is allocated from here on has a higher "
                 "number", slab_last_serial());
}
