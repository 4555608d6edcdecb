"""L3: the ranges of kernel addresses, and what lies around an address."""

from collections import namedtuple

from layers import memory
from layers.memory import KVA_START, PAGE_SIZE, WINDOWS_START, Damaged

# As in mm/kva_internal.h: a page of kva is known by its number.
EDGE, FIRST = 1, 2
LIMIT = FIRST + (WINDOWS_START - KVA_START) // PAGE_SIZE

# pages: [first, end), guards not counted; gap: pages behind it.
Range = namedtuple("Range", "name first end guards gap")


def address_of(page):
    return KVA_START + (page - FIRST) * PAGE_SIZE


def start(range_):
    return address_of(range_.first)


def end(range_):
    return address_of(range_.end)


def span(range_):
    return f"0x{start(range_):08x}-0x{end(range_) - 1:08x}"


def holds(range_, page):
    return range_.first - range_.guards <= page < range_.end + range_.guards


def is_in_kva(address):
    return KVA_START <= address < WINDOWS_START


def page_at(address):
    return (address - KVA_START) // PAGE_SIZE + FIRST


def state():
    return memory.variable("kva.c", "kva")


# ------------------------------------------------------------------- ranges

def starts():
    """The numbers of the pages where ranges start, rising; the edge first."""
    found = []
    for index, word in enumerate(memory.elements(state()["starts"])):
        word = int(word)
        found += [32 * index + bit for bit in range(32) if word >> bit & 1]
    if found[:1] != [EDGE]:
        raise Damaged("L3 has no edge: it is not up yet, or overwritten")
    return [page for page in found if page < LIMIT]


def range_at(page):
    record = memory.gdb.lookup_type("struct kva_record")
    in_sheet = len(memory.elements(state()["first_sheet"]["records"]))
    sheet = int(state()["sheets"][page // in_sheet])
    found = memory.value(sheet + page % in_sheet * record.sizeof, record)
    size = found["size"]
    return Range(found["name"], page, page + int(size["pages"]),
                 int(size["guards"]), int(found["gap"]))


def ranges():
    return [range_at(page) for page in starts() if page != EDGE]


def around(address):
    """The last range before the address or that holds it, and the next one;
    None for those that there are not."""
    page = page_at(address)
    below = [start for start in starts() if EDGE < start <= page]
    above = [start for start in starts() if start > max(page, EDGE)]
    return (range_at(below[-1]) if below else None,
            range_at(above[0]) if above else None)


def find(address):
    """The range that holds the address, guards included."""
    if not is_in_kva(address):
        return None
    return next((range_ for range_ in around(address)
                 if range_ and holds(range_, page_at(address))), None)


def freed(address):
    """(range, who freed it) of the last that held it, of those remembered."""
    count = int(state()["freed_count"])
    ring = memory.elements(state()["freed"])
    for age in range(1, min(count, len(ring)) + 1):
        entry = ring[(count - age) % len(ring)]
        first, size = int(entry["page"]), entry["size"]
        range_ = Range(entry["name"], first, first + int(size["pages"]),
                       int(size["guards"]), 0)
        if holds(range_, page_at(address)):
            return range_, entry["by"]
    return None


# -------------------------------------------------------------------- telling

def dump():
    """The shell's `kva`."""
    edge = range_at(starts()[0])
    every = ranges()
    for range_ in every:
        yield f"  {start(range_):08x}-{end(range_) - 1:08x}  " \
            f"{(end(range_) - start(range_)) >> 10:7} KiB  " \
            f"{range_.guards} guard pages each side  " \
            f"{memory.text(range_.name)}"
    gaps = [range_.gap for range_ in [edge] + every if range_.gap]
    sheets = memory.elements(state()["sheets"])[1:]
    yield f"  {len(every)} ranges of {LIMIT - FIRST - sum(gaps)} pages, " \
        f"{sum(gaps)} pages free in {len(gaps)} gaps; " \
        f"{sum(int(sheet) != 0 for sheet in sheets)} frames of nodes"
