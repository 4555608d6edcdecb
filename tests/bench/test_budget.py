#!/usr/bin/env -S python3 -B
"""Counts stay within the accepted budget, tests/bench/budget.tsv."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/boot"))
import bench
from tap import Tap

MARGIN = 1.02


def main():
    tap = Tap("budget")
    values = bench.measure()
    compiler = bench.compiler()
    for row, accepted, by in bench.table_of(bench.BUDGET):
        claim = f"{row} is not beyond what was accepted"
        if by != compiler:
            tap.skip(claim, f"needs {by}, whose count that is")
            continue
        tap.ok(values[row] <= int(accepted) * MARGIN, claim,
               f"{values[row]}, accepted {accepted}")
    tap.ok(values.keys() == {row for row, *_ in
                             bench.table_of(bench.BUDGET)},
           "every row that is measured has a budget")
    tap.done()


main()
