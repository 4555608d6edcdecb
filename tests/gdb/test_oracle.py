#!/usr/bin/env -S python3 -B
"""The kernel's account of all mappings against the emulator's own, which
walks the tables for itself: `info tlb` page by page, `info mem` by ranges.

tests/kernel/test_oracle.c does random work, prints the account and, since
oracle_hold is set here, waits while this looks."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/boot"))
from machine import Machine, image
from oracle import LARGE, PAGE, difference, pages_of_tlb, told
from tap import Tap

TEST = "test_oracle_random_work_is_told_page_by_page"
ROUNDS = 4
LETTERS = {"G": 1 << 8, "P": LARGE, "C": 1 << 4, "T": 1 << 3, "U": 1 << 2,
           "W": 1 << 1}


def pages_of_mem(text):
    """{address of a page of 4 KiB: may it be written, by ring 3 touched}"""
    pages = {}
    for start, end, rights in re.findall(
            r"^([0-9a-f]+)-([0-9a-f]+) [0-9a-f]+ (\S+)", text, re.M):
        for address in range(int(start, 16), int(end, 16), PAGE):
            pages[address] = "w" in rights, "u" in rights
    return pages


def rights(pages):
    small = {}
    for address, (_, bits) in pages.items():
        size = 1024 * PAGE if bits & LARGE else PAGE
        for offset in range(0, size, PAGE):
            small[address + offset] = bool(bits & 2), bool(bits & 4)
    return small


def compare(tap, machine, round_, log):
    machine.monitor("stop")
    ours = told(log)
    wrong = difference(ours, pages_of_tlb(LETTERS, machine.monitor("info tlb")))
    tap.ok(len(ours) > 100 and not wrong,
           f"round {round_}: info tlb has the same pages", len(ours), wrong)
    wrong = difference(rights(ours), pages_of_mem(machine.monitor("info mem")))
    tap.ok(not wrong, f"round {round_}: info mem has the same rights", wrong)
    machine.monitor("cont")


def main():
    tap = Tap("oracle")
    with Machine(*image(append="test=oracle"), "-S") as machine:
        machine.gdb(f"break {TEST}\ncontinue\nset var oracle_hold = 1\n"
                    "delete", "build/strata.elf")
        for round_ in range(1, ROUNDS + 1):
            log = machine.read_until(f"# oracle look {round_}\n")
            compare(tap, machine, round_, log)
            if round_ < ROUNDS:
                machine.gdb(f"set var oracle_seen = {round_}",
                            "build/strata.elf")
    tap.done()


main()
