"""strata walk against QEMU's `info tlb`, page by page. GDB runs it; $account
is the file with QEMU's account. Prints TAP."""

import sys
from pathlib import Path

import gdb

sys.path += ["tests/boot", "tools/gdb"]
from layers import memory, pt
from oracle import pages_of_tlb
from tap import Tap

FLAGS = {"G": 1 << 8, "P": 1 << 7, "D": 1 << 6, "A": 1 << 5, "C": 1 << 4,
         "T": 1 << 3, "U": 1 << 2, "W": 1 << 1}
ALL_FLAGS = sum(FLAGS.values())
PLACES = [0, 0x1000, 0x00100000, 0xC0000000, 0xF0000000, 0xFFC00000]


def account():
    """{address: (physical address, flags)} as QEMU walks the tables."""
    path = gdb.convenience_variable("account").string()
    return pages_of_tlb(FLAGS, Path(path).read_text())


def our_account(address):
    found = pt.walk(address)
    if found.phys is None:
        return None
    entry = found.pde if found.pte is None else found.pte
    return found.phys, entry & ALL_FLAGS


def main(tap):
    table = account()
    with memory.standing_still():
        wrong = [hex(address) for address, theirs in table.items()
                 if our_account(address) != theirs]
        missed = [hex(address) for address in PLACES
                  if our_account(address) != table.get(address)]
    tap.ok(len(table) > 100 and not wrong,
           "strata walk agrees with QEMU's info tlb on every page",
           f"{len(table)} pages, wrong: {wrong[:10]}")
    tap.ok(not missed, "and on the edges of the address map", missed)
    tap.line(f"1..{tap.count}")


main(Tap("gdb"))
