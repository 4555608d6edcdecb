#!/usr/bin/env -S python3 -B
"""Measure what tests/bench/targets.tsv sets targets for.

    tests/bench/bench.py             prints a table, writes build/bench.json
    tests/bench/bench.py --accept    and takes the counts as the new budget

Counts only, no clocks: the same build gives the same figures every time. A
measure is a function that returns {row: value}; MEASURES lists them.
"""

import json
import re
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/boot"))
from machine import PROMPT, Machine, image

TARGETS = ROOT / "tests/bench/targets.tsv"
BUDGET = ROOT / "tests/bench/budget.tsv"
RESULTS = ROOT / "build/bench.json"
ELF, ISO = ROOT / "build/strata.elf", ROOT / "build/strata.iso"

# QEMU's time-stamp counter then counts instructions of the guest, exactly.
COUNT = ["-icount", "shift=0,sleep=off"]
NOT_THE_IMAGE = {".bss", ".selftest", ".ksyms", ".initrd"}

Target = namedtuple("Target", "row bound must goal unit peer")


def table_of(path):
    """The rows of a file of tab-separated values, without its comments."""
    return [line.split("\t") for line in path.read_text().splitlines()
            if line and not line.startswith("#")]


def targets():
    return {fields[0]: Target(*fields) for fields in table_of(TARGETS)}


# ------------------------------------------------------------------- measures

def boot_prompt():
    counts = {}
    for name, memory in ("128M", 128), ("3G", 3072):
        with Machine(*image(), *COUNT, memory=memory) as machine:
            log = machine.read_until(PROMPT)
        cycles = re.search(r"boot: (\d+) cycles from entry to prompt", log)
        counts[f"boot/prompt-{name}"] = int(cycles.group(1))
    return counts


def boot_bytes():
    sections = subprocess.run(["size", "-A", ELF], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
    rows = re.findall(r"^(\.\S+) +(\d+) +([1-9]\d*)$", sections, re.M)
    image_bytes = sum(int(size) for name, size, _ in rows
                      if name not in NOT_THE_IMAGE)
    return {"boot/image-bytes": image_bytes,
            "boot/iso-bytes": ISO.stat().st_size}


MEASURES = [boot_prompt, boot_bytes]


def measure():
    """{row: value} of everything there is to measure."""
    values = {}
    for function in MEASURES:
        values.update(function())
    return values


# --------------------------------------------------------------------- budget

def compiler():
    """Which compiler made the kernel: its counts are its own."""
    strings = subprocess.run(["readelf", "-p", ".debug_str", ELF], text=True,
                             stdout=subprocess.PIPE).stdout
    found = re.search(r"GNU C\d+ (\d+)\.|clang version (\d+)\.", strings)
    return "gcc {}".format(found.group(1)) if found.group(1) \
        else "clang {}".format(found.group(2))


def accept(values):
    lines = ["# Counts that were accepted, and the compiler that gave them. "
             "A test fails beyond", "# 2 % more. `tests/bench/bench.py "
             "--accept` writes this file anew."]
    lines += [f"{row}\t{value}\t{compiler()}"
              for row, value in sorted(values.items())]
    BUDGET.write_text("\n".join(lines) + "\n")


# --------------------------------------------------------------------- report

def judge(target, value):
    """goal, must or MISSED."""
    for word in "goal", "must":
        limit = float(getattr(target, word))
        if value <= limit if target.bound == "max" else value >= limit:
            return word
    return "MISSED"


def print_table(values):
    wanted = targets()
    print(f"{'row':<28}{'value':>10}{'must':>10}{'goal':>10}  meets   unit")
    for row, value in values.items():
        target = wanted[row]
        peer = f"; best peer: {target.peer}" if target.peer else ""
        print(f"{row:<28}{value:>10}{target.must:>10}{target.goal:>10}  "
              f"{judge(target, value):<8}{target.unit}{peer}")
    print(f"{len(values)} of {len(wanted)} rows are measured so far.")


def main():
    values = measure()
    print_table(values)
    unit = {row: target.unit for row, target in targets().items()}
    RESULTS.write_text(json.dumps(
        [{"row": row, "value": value, "unit": unit[row]}
         for row, value in values.items()], indent=1) + "\n")
    if "--accept" in sys.argv:
        accept(values)


if __name__ == "__main__":
    main()
