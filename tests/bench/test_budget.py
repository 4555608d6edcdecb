#!/usr/bin/env -S python3 -B
"""Counts stay within the accepted budget, tests/bench/budget.tsv."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/boot"))
import bench
from tap import Tap

MARGIN = 0.02


def main():
    tap = Tap("budget")
    values = bench.measure().values
    compiler = bench.compiler()
    target = bench.targets()
    for row, accepted, by in bench.table_of(bench.BUDGET):
        claim = f"{row} is no worse than what was accepted"
        if by != compiler:
            tap.skip(claim, f"needs {by}, whose count that is")
            continue
        sign = 1 if target[row].bound == "max" else -1
        limit = float(accepted) * (1 + sign * MARGIN)
        tap.ok(bench.keeps(target[row], values[row], limit), claim,
               f"{values[row]}, accepted {accepted}")
    tap.ok(values.keys() == {row for row, *_ in
                             bench.table_of(bench.BUDGET)},
           "every row that is measured has a budget")
    tap.done()


main()
