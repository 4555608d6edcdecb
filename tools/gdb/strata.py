"""GDB commands for Strata's memory. `make debug` loads them.

    strata walk ADDRESS     look the address up, as the processor would
    strata frame NUMBER     what L1 has written down about a frame

They read memory and nothing else, so they are safe wherever the kernel is
stopped once paging is on; and they do not trust the kernel's own walk.
"""

import struct
from collections import namedtuple

import gdb

DIRECT_MAP = 0xC0000000     # physical address 0 is to be read here
PAGE_SIZE, CHUNK_SIZE = 4096, 4 << 20
PRESENT, LARGE = 1 << 0, 1 << 7

# entries: (what, index, bits) from the directory down; phys: None if nothing
# is mapped; page: how much the last entry maps.
Walk = namedtuple("Walk", "entries phys page")


def number(expression):
    """An expression's value; an object without one stands for its place."""
    return int(gdb.parse_and_eval(f"(unsigned int)({expression})"))


def entry_at(table, index):
    """Entry `index` of the table at a physical address, its flags cut off."""
    where = DIRECT_MAP + (table & ~(PAGE_SIZE - 1)) + 4 * index
    memory = gdb.selected_inferior().read_memory(where, 4)
    return struct.unpack("<I", bytes(memory))[0]


def walk(address):
    directory = number("$cr3")
    index = address // CHUNK_SIZE
    pde = entry_at(directory, index)
    entries = [("directory", index, pde)]
    if not pde & PRESENT:
        return Walk(entries, None, 0)
    if pde & LARGE:
        phys = pde // CHUNK_SIZE * CHUNK_SIZE + address % CHUNK_SIZE
        return Walk(entries, phys, CHUNK_SIZE)
    index = address // PAGE_SIZE % 1024
    pte = entry_at(pde, index)
    entries.append(("table", index, pte))
    if not pte & PRESENT:
        return Walk(entries, None, 0)
    phys = pte // PAGE_SIZE * PAGE_SIZE + address % PAGE_SIZE
    return Walk(entries, phys, PAGE_SIZE)


def flag_names(bits):
    """The kernel's own names of the flags, in words."""
    fields = gdb.lookup_type("enum pte_bit").fields()
    return " ".join(field.name.removeprefix("PTE_").lower()
                    for field in fields if bits & field.enumval)


class Strata(gdb.Command):
    """Strata's memory: strata walk ADDRESS, strata frame NUMBER."""

    def __init__(self):
        super().__init__("strata", gdb.COMMAND_DATA, prefix=True)


class StrataWalk(gdb.Command):
    """strata walk ADDRESS: look the address up in the page tables."""

    def __init__(self):
        super().__init__("strata walk", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        address = number(argument)
        if not number("$cr0") & 1 << 31:
            raise gdb.GdbError("Paging is not on yet.")
        found = walk(address)
        for what, index, bits in found.entries:
            print(f"{what} entry {index}: 0x{bits:08x} {flag_names(bits)}")
        if found.phys is None:
            print(f"0x{address:08x} is not mapped")
        else:
            print(f"0x{address:08x} is physical 0x{found.phys:08x}, in a page"
                  f" of {found.page >> 10} KiB, frame {found.phys >> 12}")


def is_in_bitmap(frame):
    """Is the frame free, by the chunk's words: those that are wholly free
    are in the last of its masks only."""
    chunk = f"'pmm_bitmap.c'::bitmap.chunks[{frame // 1024}]"
    word, bit = divmod(frame % 1024, 32)
    if number(f"{chunk}.by_fits[6]") >> word & 1:
        return True
    return bool(number(f"{chunk}.words[{word}]") >> bit & 1)


class StrataFrame(gdb.Command):
    """strata frame NUMBER: kind, order and payload of the frame's entry."""

    def __init__(self):
        super().__init__("strata frame", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        frame, span = number(argument), number("pmm.span")
        if frame >= span:
            raise gdb.GdbError(f"L1 knows frames below {span} only.")
        entry = number(f"pmm.entries[{frame}]")
        kind, order, payload = entry >> 28, entry >> 24 & 15, entry & 0xffffff
        if kind == 0:
            print(f"frame {frame}: waits in the store, entry 0x{entry:08x}: "
                  f"order {order}, the next one is 0x{payload:x}")
            return
        name = gdb.Value(kind).cast(gdb.lookup_type("enum frame_kind"))
        state = "free" if is_in_bitmap(frame) else "used"
        print(f"frame {frame}: {state}, entry 0x{entry:08x}: kind {name}, "
              f"order {order}, payload {payload}")


# The kernel is built with -freg-struct-return: what `finish` shows of a pfn_t
# is in EAX.
gdb.execute("set struct-convention reg")

Strata()
StrataWalk()
StrataFrame()
