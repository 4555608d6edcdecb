"""L2: an address is looked up, as the processor would."""

from collections import namedtuple

from layers import memory, pmm, words
from layers.memory import CHUNK_SIZE, DIRECT_MAP_START, PAGE_SIZE, Damaged

DEBT_MAX = 64 * CHUNK_SIZE
PRESENT, WRITE, USER, LARGE, COUNTED, HELD = \
    1 << 0, 1 << 1, 1 << 2, 1 << 7, 1 << 9, 1 << 11

# pte: None if the walk ended before it. phys, page: None if nothing is mapped;
# else where the address is, and the size of the page. rights: an entry's bits.
Walk = namedtuple("Walk", "pde pte phys page rights")


def entry_at(table, index):
    """Of the table at a physical address; its flags are cut off."""
    return memory.word(DIRECT_MAP_START + (table & ~(PAGE_SIZE - 1)) +
                       4 * index)


def is_table(phys):
    """Does L1 say so? boot/entry.asm's directory is older than L1."""
    return phys == memory.label("boot_directory") - DIRECT_MAP_START or \
        pmm.kind(phys // PAGE_SIZE) == pmm.kinds()["FRAME_TABLE"]


def kernel_directory():
    own = int(memory.variable("pt.c", "pt_state")["kernel"]["directory"]["n"])
    return own * PAGE_SIZE or \
        memory.label("boot_directory") - DIRECT_MAP_START


def directory():
    """Its physical address, and what to say of it: a machine may be so broken
    that it has loaded none."""
    if memory.chosen_directory() is not None:
        return memory.chosen_directory(), None
    loaded, own = memory.loaded_directory(), kernel_directory()
    if not memory.has_paging():
        return own, "paging is off; by the kernel's own directory:"
    if not is_table(loaded):
        return own, f"CR3 says 0x{loaded:08x}, which is no page directory; " \
            "by the kernel's own:"
    return loaded, None


def walk(address):
    pde = entry_at(directory()[0], address // CHUNK_SIZE)
    if not pde & PRESENT:
        return Walk(pde, None, None, None, 0)
    if pde & LARGE:
        phys = pde // CHUNK_SIZE * CHUNK_SIZE + address % CHUNK_SIZE
        return Walk(pde, None, phys, CHUNK_SIZE, pde)
    if not is_table(pde & ~(PAGE_SIZE - 1)):
        return Walk(pde, None, None, None, 0)
    pte = entry_at(pde, address // PAGE_SIZE % 1024)
    if not pte & PRESENT:
        return Walk(pde, pte, None, None, 0)
    phys = pte // PAGE_SIZE * PAGE_SIZE + address % PAGE_SIZE
    return Walk(pde, pte, phys, PAGE_SIZE, pte & (pde | ~(WRITE | USER)))


# -------------------------------------------------------------------- telling

def place(address):
    """Words for a part of the address map."""
    for start, name in [
            (memory.WINDOWS_END, "above the windows, where nothing is"),
            (memory.WINDOWS_START, "in the windows"),
            (memory.KVA_START, "in the kernel ranges (kva)"),
            (DIRECT_MAP_START, "in the direct map"),
            (memory.USER_START, "in the user half"),
            (0, "below the user half, where null pointers point")]:
        if address >= start:
            return name


def rights(bits):
    access = memory.enum("pt_access")
    return "".join(
        letter if bits & access[name] else "-" for letter, name in
        zip("rwxud", ["PT_READ", "PT_WRITE", "PT_EXEC", "PT_USER",
                      "PT_DEVICE"]))


def bit_words(entry, sort):
    """The kernel's own names of an entry's bits."""
    said = ""
    for bit in memory.elements(memory.variable("pt_check.c", "bit_names")):
        name = bit["set" if entry & int(bit["bits"]) else "clear"]
        if int(name) and int(bit["sorts"]) & memory.enum("sort")[sort]:
            said += " " + memory.text(name)
    return said


def entry_line(level, index, entry, sort):
    said = f"  {level} entry {index}: 0x{entry:08x}  "
    if not entry & PRESENT and not (sort == "PAGE" and entry & HELD):
        return said + "not present" + \
            (": it was unmapped, and its flush is owed" if entry else "")
    unit = CHUNK_SIZE if sort == "LARGE_PAGE" else PAGE_SIZE
    name = {"TO_TABLE": "table", "LARGE_PAGE": "4 MiB page", "PAGE": "page"}
    return said + f"{name[sort]} at 0x{entry // unit * unit:08x}:" + \
        bit_words(entry, sort)


def owed_by(frame):
    """(address, who) of the page that named the frame, or None."""
    batch = memory.variable("pt_batch.c", "pt_batch")
    for debt in memory.elements(batch["debts"])[:int(batch["count"])]:
        if int(debt["end"]) - int(debt["va"]) > DEBT_MAX:
            raise Damaged("the batch of flushes that are owed is overwritten")
        table = memory.value(debt["pt"], "struct page_table")
        root = int(table["directory"]["n"]) * PAGE_SIZE
        for page in range(int(debt["va"]), int(debt["end"]), PAGE_SIZE):
            pde = entry_at(root, page // CHUNK_SIZE)
            if pde & PRESENT and not pde & LARGE:
                pte = entry_at(pde, page // PAGE_SIZE % 1024)
                if pte and not pte & (PRESENT | HELD) and \
                        pte // PAGE_SIZE == frame:
                    return page, debt["by"]
    return None


def explain(address):
    """What the shell's `pt ADDR` begins with."""
    said = directory()[1]
    if said:
        yield f"  {said}"
    yield f"  0x{address:08x} lies {place(address)}"
    found = walk(address)
    is_large = found.pde & LARGE
    yield entry_line("directory", address // CHUNK_SIZE, found.pde,
                     "LARGE_PAGE" if is_large else "TO_TABLE")
    if found.pde & PRESENT and not is_large:
        if found.pte is None:
            frame = found.pde // PAGE_SIZE
            yield f"  and frame 0x{frame:x} is no page table, but " \
                f"{pmm.name(pmm.kind(frame))}: damaged"
            return
        yield entry_line("table", address // PAGE_SIZE % 1024, found.pte,
                         "PAGE")
    if found.phys is None and (found.pte or 0) & HELD:
        kept = found.pte // PAGE_SIZE * PAGE_SIZE + address % PAGE_SIZE
        yield f"  so byte 0x{kept:08x} of memory is kept for it, and " \
            "nobody may use it"
    elif found.phys is None:
        yield "  so nothing is mapped there"
    else:
        yield f"  so it is byte 0x{found.phys:08x} of memory, " \
            f"{rights(found.rights)}, in a page of " \
            f"{'4 KiB' if found.page == PAGE_SIZE else '4 MiB'}"
    if found.pte and not found.pte & (PRESENT | HELD):
        owed = owed_by(found.pte // PAGE_SIZE)
        if owed:
            yield f"  the flush of frame 0x{found.pte // PAGE_SIZE:x} at " \
                f"0x{owed[0]:08x} is owed, by {words.caller(owed[1])}"
