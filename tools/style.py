#!/usr/bin/env python3
"""Does the source keep the measures that can be counted?

    tools/style.py

Run it from the top of the tree. One sentence a violation, then the lengths
of the functions; the status is 0 if there is no violation.
"""
import os
import re
import statistics
import sys
from pathlib import Path

COLUMNS = 80
FILE_LINES = 400
# A function's lines, from its name to its last brace, over all functions.
FUNCTION_MEDIAN, FUNCTION_DECILE, FUNCTION_MAX = 12, 30, 60

CODE = {".c", ".h", ".asm", ".py"}
TEXT = CODE | {".md", ".mk", ".ld", ".cfg", ".sh", ".pl", ""}
MEASURED = {"mm", "kernel", "include", "user"}

# What came from elsewhere, and compares with elsewhere as long as it stays so.
AS_IT_CAME = {Path("tests/bench/mmbench.c"),
              *Path("tests/abi/expected/shells").glob("*")}

# A library that is to be one file, so that it can be taken along.
AS_LONG_AS_IT_IS = {Path("user/malloc/malloc.c")}

# What no line has. In brackets, so that these lines do not have it either.
NOWHERE = [
    (re.compile(r"\s$"), "ends in a blank"),
    (re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b"), "leaves work for later"),
    (re.compile(r"/(hom[e]|roo[t]|wor[k])/"), "names a place on one machine"),
    (re.compile(r"[.][.]/share[d]"), "needs what is not in the tree"),
]


def files():
    for folder, folders, names in os.walk("."):
        folders[:] = sorted(f for f in folders
                            if f != "build" and f[0] not in "._")
        for name in sorted(names):
            file = Path(folder, name)
            if file.suffix in TEXT and name[0] != "." and \
                    file not in AS_IT_CAME:
                yield file


def judge_lines(file, lines):
    if file.suffix in CODE and len(lines) > FILE_LINES and \
            file not in AS_LONG_AS_IT_IS:
        yield f"{file}: has {len(lines)} lines, not at most {FILE_LINES}"
    for number, line in enumerate(lines, 1):
        if file.suffix in CODE and len(line) > COLUMNS:
            yield f"{file}:{number}: is {len(line)} columns wide"
        if file.suffix in CODE and "\t" in line:
            yield f"{file}:{number}: has a tab"
        for pattern, objection in NOWHERE:
            if pattern.search(line):
                yield f"{file}:{number}: {objection}"


def functions(lines):
    """(number of its first line, how many) of each function: a brace at the
    left edge opens a body, and what stands right above is its head."""
    head = 0
    for number, line in enumerate(lines):
        if line[:1] in ("", "#", "}") or line.endswith("*/"):
            head = number + 1
        if line == "{":
            end = next((n for n, text in enumerate(lines[number:], number)
                        if text.startswith("}")), number)
            yield head + 1, end + 1 - head


def main():
    faults, lengths = [], []
    for file in files():
        lines = file.read_text().splitlines()
        faults += judge_lines(file, lines)
        if file.parts[0] in MEASURED and file.suffix in (".c", ".h"):
            for number, length in functions(lines):
                lengths.append(length)
                if length > FUNCTION_MAX:
                    faults.append(f"{file}:{number}: is a function of "
                                  f"{length} lines")
    lengths = sorted(lengths) or [0]
    median = statistics.median(lengths)
    decile = lengths[len(lengths) * 9 // 10]
    if median > FUNCTION_MEDIAN or decile > FUNCTION_DECILE:
        faults.append(f"style: functions are to have {FUNCTION_MEDIAN} lines "
                      f"at the median, {FUNCTION_DECILE} at the ninth decile")
    print(*faults, f"style: {len(lengths)} functions, lines at the median, "
          f"ninth decile, longest: {median:g}, {decile}, {lengths[-1]}",
          sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
