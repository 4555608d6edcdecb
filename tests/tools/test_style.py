#!/usr/bin/env python3
"""tools/style.py bites on each sort of violation, and lets the rest pass."""
import sys

sys.dont_write_bytecode = True  # everything made goes below build/

from fake_tree import CLEAN, TOP, fake_tree, faults, tell

TOOL = TOP / "tools/style.py"


def function(lines, comment=""):
    return (f"{comment}static int f(int n,\n             int m)\n{{\n"
            + "    n++;\n" * (lines - 4) + "}\n")


TREE = {
    "mm/pmm.c": function(8) * 20 + function(60, "/* Why. */\n"),
    "Makefile": "all:\n\techo " + "x" * 100 + "\n",
    "build/obj/pmm.c": "\t" * 100,
}

MARK, HOME, OUTSIDE = "TO" + "DO", "/ho" + "me/", "../sha" + "red"

CASES = [
    ("a tree in order passes", {}, CLEAN),
    ("80 columns pass, 81 do not",
     {"tools/a.py": "x" * 80 + "\n" + "x" * 81 + "\n"},
     ["tools/a.py:2: is 81 columns wide"]),
    ("400 lines pass, 401 do not",
     {"mm/a.c": "x\n" * 400, "boot/b.asm": "x\n" * 401},
     ["boot/b.asm: has 401 lines, not at most 400"]),
    ("no tabs in code", {"mm/a.h": "\n\tint a;\n"}, ["mm/a.h:2: has a tab"]),
    ("no blanks at an end", {"docs/a.md": "x  \n"},
     ["docs/a.md:1: ends in a blank"]),
    ("nothing is left for later", {"mm/a.c": f"/* {MARK} */\n"},
     ["mm/a.c:1: leaves work for later"]),
    ("no place of one machine", {"README.md": f"cd {HOME}me\n"},
     ["README.md:1: names a place on one machine"]),
    ("nothing outside the tree", {"tools/a.mk": f"cat {OUTSIDE}/b\n"},
     ["tools/a.mk:1: needs what is not in the tree"]),
    ("60 lines of a function pass, 61 do not",
     {"mm/a.c": "int a;\n\n" + function(61, "/* Why. */\n")},
     ["mm/a.c:4: is a function of 61 lines"]),
    ("the functions of tests are not measured",
     {"tests/a.c": function(61)}, CLEAN),
    ("short functions are the rule",
     {"mm/pmm.c": function(13) * 20},
     ["style: functions are to have 12 lines at the median, 30 at the ninth "
      "decile"]),
    ("long ones the exception",
     {"mm/pmm.c": function(8) * 8 + function(31) * 2},
     ["style: functions are to have 12 lines at the median, 30 at the ninth "
      "decile"]),
]


def results():
    for claim, files, expected in CASES:
        with fake_tree(TREE | files) as tree:
            *got, _ = faults([TOOL], tree) or [""]  # the last has figures
            yield claim, got, expected
    *got, _ = faults([TOOL]) or [""]
    yield "Strata passes", got, CLEAN


sys.exit(tell("style", results()))
