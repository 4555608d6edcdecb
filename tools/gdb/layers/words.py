"""Text as the kernel prints it: lines folded at the screen's edge, addresses
with the function that they lie in."""

import bisect
import re
import struct

from layers import memory

COLUMNS = 80


def fold(line):
    """The lines that kernel/lib/fold.c makes of one."""
    lines, now = [], ""
    indent = len(line) - len(line.lstrip(" ")) + 2
    for spaces, word in re.findall("( *)([^ ]+)", line):
        if now and len(now) + len(spaces) + len(word) > COLUMNS:
            lines.append(now)
            now, spaces = "", indent * " "
        now += spaces + word
    return lines + [now]


# ------------------------------------------------------- .ksyms: symbols.c

def table():
    start, end = memory.label("ksyms_start"), memory.label("ksyms_end")
    return memory.read(start, end - start)


def is_text(address):
    return any(memory.label(f"{part}_start") <= address <
               memory.label(f"{part}_end")
               for part in ["text", "selftest_text"])


def numbers(data, at):
    """What is told in bytes of seven bits, from offset `at` on."""
    number = shift = 0
    for byte in data[at:]:
        number |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            yield number
            number = shift = 0


def line_at(data, at, offset):
    """The line of the instruction at an offset of a function, of its lines at
    `at`; 0 is not known."""
    start = line = 0
    told = numbers(data, at)
    for step in told:
        start += step - 1
        if step == 0 or start > offset:
            break
        change = next(told, 0)
        line += -(change + 1) // 2 if change & 1 else change // 2
    return line


def text_at(data, at):
    end = data.index(b"\0", at)
    return data[at:end].decode("latin-1"), end + 1


def symbol(address, back=0):
    """"<pmm_alloc+0x12> (mm/pmm.c:123)", None outside of functions. Of a return
    address, one byte `back` is the call."""
    if not is_text(address - back):
        return None
    data = table()
    count = struct.unpack_from("<I", data)[0]
    try:
        starts = struct.unpack_from(f"<{count}I", data, 4)
        index = bisect.bisect_right(starts, address - back) - 1
        at, = struct.unpack_from("<I", data, 4 + 4 * (count + index))
        name, at = text_at(data, at)
        file, = struct.unpack_from("<H", data, at)
        line = line_at(data, at + 2, address - back - starts[index])
        where = f" ({text_at(data, file)[0]}:{line})" if line else ""
    except (struct.error, ValueError):
        raise memory.Damaged("the table of functions is overwritten") from None
    if index < 0:
        return None
    return f"<{name}+0x{address - starts[index]:x}>{where}"


def caller(address):
    """A return address, as %p prints it."""
    address = int(address)
    found = symbol(address, back=1)
    return f"0x{address:08x}" + (f" {found}" if found else "")


def code(address):
    """The address of an instruction, as %pI prints it."""
    found = symbol(address)
    return f"0x{address:08x} {found}" if found else None
