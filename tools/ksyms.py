#!/usr/bin/env python3
"""Makes the kernel's table of function names and source lines: what
kernel/symbols.c reads, and where its form is told.

    tools/ksyms.py KERNEL > ksyms.asm

Taken are the names between text_start and text_end, and between
selftest_text_start and selftest_text_end; of several names for one address,
the first in the alphabet. The lines come from binutils: objdump tells where
instructions begin, addr2line the line of each. Where a call was expanded
inline, it is the innermost line that lies in the file of the function: so one
file a function suffices, and a line is never that of somebody's header.
"""
import bisect
import functools
import os
import re
import subprocess
import sys
from collections import namedtuple

ZONES = [("text_start", "text_end"),
         ("selftest_text_start", "selftest_text_end")]
BOUNDS = {name for zone in ZONES for name in zone}
LOCAL = "..@"       # NASM's labels within a macro
NAME_MAX = 52       # of a longer name, the end is cut off: tests have them

Function = namedtuple("Function", "name file lines")    # [(offset, line)]


def output_of(*command, given=None):
    return subprocess.run(command, input=given, check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def shorten(name):
    return name if len(name) <= NAME_MAX else name[:NAME_MAX - 2] + ".."


def read_names(kernel):
    """{address: name} of what lies in the zones, in rising order, and the
    zones: [(start, end)]."""
    fields = [line.split() for line in output_of("nm", kernel).splitlines()]
    symbols = sorted((int(f[0], 16), f[2]) for f in fields if len(f) == 3)
    bound = {name: address for address, name in symbols if name in BOUNDS}
    zones = [(bound[start], bound[end]) for start, end in ZONES]
    names = {}
    for address, name in symbols:
        inside = any(start <= address < end for start, end in zones)
        if inside and name not in BOUNDS and not name.startswith(LOCAL):
            names.setdefault(address, shorten(name))
    return names, zones


def read_instructions(kernel, start, end):
    """The addresses of the instructions, in rising order."""
    told = output_of("objdump", "-d", "--no-show-raw-insn", kernel,
                     f"--start-address={start:#x}", f"--stop-address={end:#x}")
    return [int(address, 16) for address in
            re.findall(r"^ *([0-9a-f]+):\t", told, re.M)]


@functools.cache
def relative(path):
    """From the top of the tree. NASM tells a file's folder, and behind that
    the path by which it was called."""
    return os.path.relpath(path.rpartition("//")[2])


@functools.cache
def read_place(text):
    """(file, line) of FILE:LINE, with or without more behind it."""
    path, line = re.match(r"(.*):(\d+|\?)", text).groups()
    return relative(path), int(line.replace("?", "0"))


def read_places(kernel, addresses):
    """{address: [(file, line)]}, the innermost inlined function first; line 0
    is not known."""
    told = output_of("addr2line", "-i", "-a", "-e", kernel,
                     given="".join(f"{address:#x}\n" for address in addresses))
    places = {}
    for line in told.splitlines():
        if line.startswith("0x"):
            stack = places.setdefault(int(line, 16), [])
        else:
            stack.append(read_place(line))
    return places


def own_line(stack, file):
    """The innermost line that lies in `file`; 0 if none does."""
    return next((line for name, line in stack if name == file), 0)


def line_changes(places):
    """[(offset, line)] from [(offset, stack)], and in which file."""
    file = next((stack[-1][0] for _, stack in places if stack[-1][1]), "")
    lines = [(0, 0)]
    for offset, stack in places:
        line = own_line(stack, file)
        if line != lines[-1][1]:
            lines.append((offset, line))
    return file, lines[1:]


def read_functions(kernel):
    """{address: Function}, in rising order."""
    names, zones = read_names(kernel)
    starts = list(names)
    places = {start: [] for start in starts}
    instructions = [address for zone in zones
                    for address in read_instructions(kernel, *zone)]
    for address, stack in read_places(kernel, instructions).items():
        index = bisect.bisect_right(starts, address) - 1
        if index >= 0:
            places[starts[index]].append((address - starts[index], stack))
    return {start: Function(name, *line_changes(places[start]))
            for start, name in names.items()}


def varint(number):
    """Seven bits a byte, the lowest first; a byte with bit 7 is not the
    last."""
    while number > 127:
        yield number & 127 | 128
        number >>= 7
    yield number


def encode(lines):
    """The bytes of a function's lines."""
    at, line = 0, 0
    for offset, next_line in lines:
        change = next_line - line
        yield from varint(offset - at + 1)
        yield from varint(2 * change if change >= 0 else -2 * change - 1)
        at, line = offset, next_line
    yield 0


def source(functions):
    """The lines of the NASM source."""
    files = sorted({f.file for f in functions.values()})
    yield "; Made by tools/ksyms.py from the kernel's symbols."
    yield "section .ksyms progbits alloc noexec nowrite align=4"
    yield "start:"
    yield f"        dd {len(functions)}"
    for address in functions:
        yield f"        dd 0x{address:08x}"
    for i in range(len(functions)):
        yield f"        dd function{i} - start"
    for i, file in enumerate(files):
        yield f"file{i}: db `{file}`, 0"
    for i, f in enumerate(functions.values()):
        yield f"function{i}: db `{f.name}`, 0"
        yield f"        dw file{files.index(f.file)} - start"
        yield "        db " + ", ".join(map(str, encode(f.lines)))
    yield "section .note.GNU-stack progbits noalloc noexec nowrite"


def main():
    print("\n".join(source(read_functions(sys.argv[1]))))


if __name__ == "__main__":
    main()
