"""strata walk against QEMU's `info tlb`, page by page. GDB runs it; $account
is the file with QEMU's account. Prints TAP."""

import sys
from pathlib import Path

import gdb

sys.path += ["tests/boot", "tools/gdb"]
import strata
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
    found = strata.walk(address)
    if found.phys is None:
        return None
    return found.phys, found.entries[-1][2] & ALL_FLAGS


def main(tap):
    table = account()
    wrong = [hex(address) for address, theirs in table.items()
             if our_account(address) != theirs]
    tap.ok(len(table) > 100 and not wrong,
           "strata walk agrees with QEMU's info tlb on every page",
           f"{len(table)} pages, wrong: {wrong[:10]}")
    wrong = [hex(address) for address in PLACES
             if our_account(address) != table.get(address)]
    tap.ok(not wrong, "and on the edges of the address map", wrong)
    tap.line(f"1..{tap.count}")


main(Tap("gdb"))
