"""The memory of the machine that GDB is attached to.

It is read by physical address, if the emulator can do that. So it does not
matter what is in CR3, or if paging is on at all; and nothing is ever called or
written in the kernel. All that is needed lies in the direct map: the kernel,
page tables, whatever the layers keep.

No pointer is followed unchecked. One that leads nowhere is an answer, too:
Damaged, with a sentence.
"""

import contextlib
import struct

import gdb

# The address map, as in include/mm/addr.h.
USER_START = 0x00010000
DIRECT_MAP_START, DIRECT_MAP_END = 0xC0000000, 0xF0000000
KVA_START = 0xF0000000
WINDOWS_START, WINDOWS_END = 0xFF800000, 0xFFC00000
PAGE_SIZE, CHUNK_SIZE = 1 << 12, 1 << 22
DIRECT_MAP_FRAMES = (DIRECT_MAP_END - DIRECT_MAP_START) // PAGE_SIZE

# Where a PC has its devices' memory, which is not to be read by chance.
HOLE_START, HOLE_END = 0xA0000, 0x100000


class Damaged(Exception):
    """What was to be read is not what it should be: a sentence."""


class _State:
    is_physical = False     # how GDB reads memory at the moment
    cr0 = cr3 = 0
    chosen = None           # a directory that was asked for
    variables = {}          # those that were read already


def number(expression):
    """An expression's value; an object without one stands for its place."""
    return int(gdb.parse_and_eval(f"(unsigned int)({expression})"))


def _read_physically(on):
    """Does the emulator agree?"""
    try:
        said = gdb.execute(f"maintenance packet Qqemu.PhyMemMode:{int(on)}",
                           to_string=True)
    except gdb.error:
        return False
    return '"OK"' in said


@contextlib.contextmanager
def standing_still():
    """A time in which the functions below may be called. GDB's own reading of
    memory is of no use then, so it is done before."""
    _State.variables, _State.chosen = {}, None
    _State.cr0, _State.cr3 = number("$cr0"), number("$cr3")
    _State.is_physical = _read_physically(True)
    try:
        yield
    finally:
        if _State.is_physical:
            _read_physically(False)


def has_paging():
    return bool(_State.cr0 & 1 << 31)


def loaded_directory():
    """The physical address that the processor has of it."""
    return _State.cr3 & ~(PAGE_SIZE - 1)


def choose_directory(phys):
    """Look addresses up by this one, instead of the loaded one."""
    _State.chosen = phys


def chosen_directory():
    return _State.chosen


# ------------------------------------------------------------------- reading

def is_direct(address):
    return DIRECT_MAP_START <= address < DIRECT_MAP_END


def read(address, size):
    """The bytes there, of the kernel's."""
    if not KVA_START <= address < WINDOWS_START:
        return read_direct(address, size)
    found = b""
    while len(found) < size:
        at = address + len(found)
        part = min(size - len(found), PAGE_SIZE - at % PAGE_SIZE)
        found += read_direct(direct_address(at), part)
    return found


def direct_address(address):
    """Where the direct map has what is at an address of kva."""
    entry = int(variable("pt.c", "pt_state")["kernel"]["directory"]["n"]) * \
        PAGE_SIZE
    for index in [address // CHUNK_SIZE, address // PAGE_SIZE % 1024]:
        entry = word(DIRECT_MAP_START + (entry & ~(PAGE_SIZE - 1)) + 4 * index)
        if not entry & 1:
            raise Damaged(f"a pointer says 0x{address:08x}, where the kernel "
                          "has nothing mapped")
    return DIRECT_MAP_START + (entry & ~(PAGE_SIZE - 1)) + address % PAGE_SIZE


def read_direct(address, size):
    """The bytes there, in the direct map."""
    phys = address - DIRECT_MAP_START
    if not is_direct(address) or address + size > DIRECT_MAP_END or \
            HOLE_START - size < phys < HOLE_END:
        raise Damaged(f"a pointer says 0x{address:08x}, where nothing of the "
                      "kernel can be")
    try:
        place = phys if _State.is_physical else address
        return bytes(gdb.selected_inferior().read_memory(place, size))
    except gdb.error:
        raise Damaged(f"0x{address:08x} cannot be read") from None


def word(address):
    return struct.unpack("<I", read(address, 4))[0]


def value(address, kind):
    """What is there, as GDB's value of a type; the type may be a name."""
    if isinstance(kind, str):
        kind = gdb.lookup_type(kind)
    return gdb.Value(read(int(address), kind.sizeof), kind.strip_typedefs())


def text(address):
    """The text that ends with a 0 byte."""
    address, found = int(address), b""
    while b"\0" not in found:
        if len(found) >= 256:
            raise Damaged(f"the text at 0x{address:08x} does not end")
        found += read(address + len(found), 32)
    return found.split(b"\0")[0].decode("latin-1")


def members(file, head, kind, field, longest):
    """(address, value) of what hangs in a list; `head` is its variable."""
    yield from members_at(place_of(file, head)[0], kind, field, longest)


def members_at(head, kind, field, longest):
    node, offset = word(head), offset_of(kind, field)
    while node and node != head:
        if longest == 0:
            raise Damaged(f"the list at 0x{head:08x} does not end")
        longest -= 1
        yield node - offset, value(node - offset, kind)
        node = word(node)


# ------------------------------------------------------------------- symbols

def label(name):
    """The address of one: of linker.ld, or of assembly."""
    return number(f"&{name}")


def place_of(file, name):
    """The address and the type of a variable; `file` defines it."""
    pointer = gdb.parse_and_eval(f"&'{file}'::{name}")
    return int(pointer), pointer.type.target()


def variable(file, name):
    """A variable's value, read once while the machine stands still."""
    if (file, name) not in _State.variables:
        _State.variables[file, name] = value(*place_of(file, name))
    return _State.variables[file, name]


def elements(array):
    first, last = array.type.range()
    return [array[i] for i in range(first, last + 1)]


def name_of(file, table, index):
    """An entry of one of the kernel's own tables of words, so that they are
    told in one place; None if it has none there."""
    words = elements(variable(file, table))
    if index >= len(words) or not int(words[index]):
        return None
    return text(words[index])


def enum(name):
    """{name: number} of an enumeration."""
    return {field.name: field.enumval
            for field in gdb.lookup_type(f"enum {name}").fields()}


def offset_of(kind, field):
    return next(f.bitpos // 8 for f in gdb.lookup_type(kind).fields()
                if f.name == field)
