#!/usr/bin/env python3
"""Makes the kernel's table of function names: what kernel/symbols.c reads.

    nm -n KERNEL | tools/ksyms.py > ksyms.asm

Taken are the names between text_start and text_end, and between
selftest_start and selftest_text_end; of several names for one address, the
first in the alphabet.
"""
import sys

ZONES = [("text_start", "text_end"), ("selftest_start", "selftest_text_end")]
BOUNDS = {name for zone in ZONES for name in zone}


def read_symbols(lines):
    """[(address, name)] of `nm` lines: address, letter, name."""
    fields = (line.split() for line in lines)
    return [(int(f[0], 16), f[2]) for f in fields if len(f) == 3]


def functions(symbols):
    """{address: name} of what lies in the zones, in rising order."""
    bound = {name: address for address, name in symbols if name in BOUNDS}
    found = {}
    for address, name in sorted(symbols):
        inside = any(bound[a] <= address < bound[b] for a, b in ZONES)
        if inside and name not in BOUNDS:
            found.setdefault(address, name)
    return found


def source(table):
    """The lines of the NASM source."""
    yield "; Made by tools/ksyms.py from the kernel's symbols."
    yield "section .ksyms progbits alloc noexec nowrite align=4"
    yield "start:"
    yield f"        dd {len(table)}"
    for address in table:
        yield f"        dd 0x{address:08x}"
    for i in range(len(table)):
        yield f"        dd name{i} - start"
    for i, name in enumerate(table.values()):
        yield f"name{i}: db `{name}`, 0"
    yield "section .note.GNU-stack progbits noalloc noexec nowrite"


def main():
    table = functions(read_symbols(sys.stdin))
    print("\n".join(source(table)))


if __name__ == "__main__":
    main()
