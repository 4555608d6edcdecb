#!/usr/bin/env -S python3 -B
"""The table in .ksyms, read as kernel/symbols.c reads it, against addr2line:
for every place in every kernel."""

import bisect
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path += [str(TOP / "tools"), str(TOP / "tests/boot")]

import ksyms
from tap import Tap

KERNELS = ["build/strata.elf", "build/strata-checked.elf",
           "build/clang/strata.elf", "build/clang/strata-checked.elf"]
STEP = 3        # bytes, from one place to the next


def section(kernel):
    with tempfile.NamedTemporaryFile() as file:
        subprocess.run(["objcopy", "-O", "binary", "-j", ".ksyms", kernel,
                        file.name], check=True)
        return Path(file.name).read_bytes()


def text_at(table, at):
    return table[at:table.index(0, at)].decode()


def number_at(table, at):
    number = shift = 0
    while True:
        number |= (table[at] & 127) << shift
        shift += 7
        at += 1
        if table[at - 1] < 128:
            return number, at


def lines_at(table, at):
    """[(offset, line)]"""
    lines, offset, line = [], 0, 0
    while True:
        step, at = number_at(table, at)
        if step == 0:
            return lines
        change, at = number_at(table, at)
        offset += step - 1
        line += -(change + 1 >> 1) if change & 1 else change >> 1
        lines.append((offset, line))


def decode(table):
    """{address: Function}"""
    count, = struct.unpack_from("<I", table)
    columns = struct.unpack_from(f"<{2 * count}I", table, 4)
    found = {}
    for address, at in zip(columns[:count], columns[count:]):
        name = text_at(table, at)
        at += len(name) + 1
        file, = struct.unpack_from("<H", table, at)
        found[address] = ksyms.Function(name, text_at(table, file),
                                        lines_at(table, at + 2))
    return found


def line_in(function, offset):
    before = [line for start, line in function.lines if start <= offset]
    return before[-1] if before else 0


def wrong_lines(kernel, functions):
    """How many places were compared, and those that differ."""
    _, zones = ksyms.read_names(kernel)
    starts = sorted(functions)
    ends = sorted([*starts, *(end for _, end in zones)])
    places = [(start, address) for start in starts
              for address in range(start, ends[bisect.bisect(ends, start)],
                                   STEP)]
    stacks = ksyms.read_places(kernel, [address for _, address in places])
    wrong = []
    for start, address in places:
        function = functions[start]
        line = line_in(function, address - start)
        expected = ksyms.own_line(stacks[address], function.file)
        # What is behind a function's end has the line of its end, or none.
        if line != expected and line and expected:
            wrong.append((hex(address), function, line, expected))
    return len(places), wrong


def main():
    tap = Tap("ksyms")
    for kernel in KERNELS:
        functions = decode(section(TOP / kernel))
        tap.ok(functions == ksyms.read_functions(TOP / kernel),
               f"{kernel} has the table that is made of it")
        count, wrong = wrong_lines(TOP / kernel, functions)
        tap.ok(count > 30000 and not wrong,
               f"{kernel} has the same lines as addr2line", count, wrong[:5])
        # The tests have programs for ring 3, of which nothing tells a line.
        (start, end), _ = ksyms.read_names(TOP / kernel)[1]
        unknown = [f.name for address, f in functions.items()
                   if not f.file and start <= address < end]
        missing = {f.file for f in functions.values()
                   if not (TOP / f.file).exists()}
        tap.ok(len(unknown) < 10 and not missing,
               f"{kernel} has every file's name, and only files that exist",
               unknown, missing)
    tap.done()


main()
