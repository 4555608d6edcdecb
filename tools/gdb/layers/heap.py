"""L4: slabs, and the blocks of the heap."""

from collections import namedtuple

from layers import kva, memory, pmm, words
from layers.memory import DIRECT_MAP_START, PAGE_SIZE, Damaged

UNIT = 64               # a descriptor's number counts these
GROUP_SLOTS = 32
CACHES_MAX = 1000       # a longer list is a damaged one

# number: which of `count` slots of the slab at `base`.
Slot = namedtuple("Slot", "cache name size start in_use number count base")
Block = namedtuple("Block", "start bytes how in_use")


def frame_at(address):
    return (address - DIRECT_MAP_START) // PAGE_SIZE


def is_kind(address, name):
    return memory.is_direct(address) and \
        pmm.kind(frame_at(address)) == pmm.kinds()[name]


# -------------------------------------------------------------------- slabs

def cache_at(pointer):
    cache = memory.value(pointer, "struct slab_cache")
    if int(cache["slot_bytes"]) == 0:
        raise Damaged(f"what should be a cache at 0x{int(pointer):08x} has "
                      "slots of 0 bytes")
    return cache


def caches():
    """(address, cache), in the order of L4's list."""
    head, _ = memory.place_of("slab.c", "slabs.caches")
    node = int(memory.variable("slab.c", "slabs")["caches"]["next"])
    offset = memory.offset_of("struct slab_cache", "node")
    found = []
    while node not in (head, 0):
        if len(found) >= CACHES_MAX:
            raise Damaged("the list of caches does not end")
        found.append((node - offset, cache_at(node - offset)))
        node = int(found[-1][1]["node"]["next"])
    return found


def is_up():
    return bool(caches())


def find_slot(address):
    """The slot of a slab that the address lies in, or None."""
    if not is_kind(address, "FRAME_SLAB"):
        return None
    group = memory.gdb.lookup_type("struct slab_group")
    descriptor = DIRECT_MAP_START + pmm.payload(frame_at(address)) * UNIT
    slab = memory.value(descriptor, group)
    cache, base = cache_at(slab["cache"]), int(slab["base"])
    size = int(cache["slot_bytes"])
    number = (address - base) // size
    if not 0 <= number < int(slab["slots"]):
        return None
    free = int(memory.value(descriptor + number // GROUP_SLOTS * group.sizeof,
                            group)["free"])
    return Slot(int(slab["cache"]), cache["name"], size, base + number * size,
                not free >> number % GROUP_SLOTS & 1, number,
                (PAGE_SIZE << pmm.order(pmm.head(frame_at(address)))) // size,
                base)


def freed_by(address):
    """Who freed an object or block last, if that is remembered."""
    ring = memory.elements(memory.variable("slab_report.c", "slab_frees"))
    following = int(memory.variable("slab_report.c", "slab_next_free"))
    for age in range(1, len(ring) + 1):
        last = ring[(following - age) % len(ring)]
        if int(last["object"]) == address:
            return last["by"]
    return None


# ------------------------------------------------------------------- blocks

def is_class(slot):
    """Is it kalloc()'s, or a cache of somebody's?"""
    table, kind = memory.place_of("kheap_classes.c", "kheap_classes.all")
    return table <= slot.cache < table + kind.sizeof


def find_large(address):
    frame, large = frame_at(address), pmm.kinds()["FRAME_LARGE"]
    is_tail = pmm.kind(frame) == pmm.kinds()["FRAME_FREE"]
    first = pmm.head(frame) if is_tail else frame
    lowest = first - memory.CHUNK_SIZE // PAGE_SIZE
    while pmm.kind(first) == large and pmm.payload(first) == 0:
        if first <= max(lowest, 0):
            raise Damaged(f"no block of frames begins before 0x{address:08x}")
        first = pmm.head(first - 1)
    if pmm.kind(first) != large:
        return None
    return Block(DIRECT_MAP_START + first * PAGE_SIZE,
                 pmm.payload(first) * PAGE_SIZE, "frames", True)


def find_mapped(address):
    range_ = kva.find(address)
    name, _ = memory.place_of("kheap_mapped.c", "range_name")
    if not range_ or int(range_.name) != name or \
            not kva.start(range_) <= address < kva.end(range_):
        return None
    return Block(kva.start(range_), kva.end(range_) - kva.start(range_),
                 "mapped", True)


def find_block(address):
    slot = find_slot(address)
    if slot:
        return Block(slot.start, slot.size, "slab",
                     slot.in_use) if is_class(slot) else None
    if memory.is_direct(address):
        return find_large(address)
    return find_mapped(address)


# -------------------------------------------------------------------- telling

def state_of(thing):
    return "in use" if thing.in_use else "free"


def block_line(address, block):
    return f"0x{address:08x}: byte {address - block.start} of a block of " \
        f"{block.bytes} bytes at 0x{block.start:08x}: {block.how}, " \
        f"{state_of(block)}"


def explain_block(address):
    """The shell's `heap ADDR`."""
    block = find_block(address)
    yield block_line(address, block) if block else \
        f"heap: 0x{address:08x} is in no block of the heap"


def explain(address):
    """All that L4 knows of an address; often nothing."""
    block, slot = find_block(address), find_slot(address)
    start = slot.start if slot else block.start if block else address
    if block:
        yield block_line(address, block)
    if slot:
        yield f"slot {slot.number} of {slot.count} in the slab at " \
            f"0x{slot.base:08x}, cache '{memory.text(slot.name)}': " \
            f"{state_of(slot)}"
    by = freed_by(start)
    if by and int(by):
        yield f"{words.caller(start)} was last freed by {words.caller(by)}"


def dump():
    """The shell's `heap`."""
    slabs, every = memory.variable("slab.c", "slabs"), caches()
    objects = used_bytes = count = 0
    for _, cache in every:
        used = (int(cache["allocs"]) - int(cache["frees"])) & 0xFFFFFFFF
        size, count_here = int(cache["slot_bytes"]), int(cache["slabs"])
        objects, used_bytes = objects + used, used_bytes + used * size
        count += count_here
        if count_here:
            order = int(cache["order"]) & 15    # be it overwritten
            yield f"  {used:6} objects of {size:4} B in {count_here:4} " \
                f"slabs of {PAGE_SIZE << order >> 10:2} KiB  " \
                f"{memory.text(cache['name'])}"
    yield f"  {objects} objects of {used_bytes} B in {count} slabs, " \
        f"{int(slabs['frames'])} frames, {int(slabs['spare_frames'])} of " \
        "them empty"
    large = memory.variable("kheap_large.c", "kheap_large")
    yield f"  {int(large['large_blocks'])} large blocks of " \
        f"{int(large['large_frames'])} frames, " \
        f"{int(large['mapped_blocks'])} mapped blocks of " \
        f"{int(large['mapped_pages'])} pages"
    heap = memory.variable("kheap.c", "heap")
    classes = memory.variable("kheap_classes.c", "kheap_classes")["all"]
    allocs, frees = (
        int(large[what]) + sum(int(c[what]) for c in
                               memory.elements(classes))
        for what in ["allocs", "frees"])
    yield f"  {allocs} allocations, {frees} frees, " \
        f"{int(heap['failures'])} refused"
