#!/usr/bin/env python3
"""Does every header stand alone, and say what a caller must know?

    tools/headers.py [COMPILER FLAG...]

Run it from the top of the tree. Every prototype in include/ has a comment
directly above it or above the group that it stands in; in include/mm the
comment has the parts that PARTS lists. With a COMPILER, every header is
compiled alone, twice in a row. One sentence a violation; the status is 0 if
there is none.
"""
import re
import subprocess
import sys
from pathlib import Path

# What a comment in include/mm tells after its sentence; and, where there is
# a value, what it is.
PARTS = ["Cost:", "Context:"]
PART_OF_VALUES = "Returns:"

# Others write the functions of this header: what they cost, and what they
# return, is not for mm/ to say; only when it may call them.
PLATFORM = Path("include/mm/platform.h")
PLATFORM_PARTS = ["Context:"]

# An inline function of so many lines, braces too, explains itself.
INLINE_LINES = 8

# What can begin at the left edge of a header.
ITEM = re.compile(r"""
    ^(?:
        (?P<comment> /\*.*?\*/ )
      | (?P<directive> \# (?: [^\n]*\\\n )* [^\n]* )
      | (?P<code> \w [^;{]* (?: ; | \{ [^\n]*\} | \{ .*? ^\} ) )
    )[^\n]*\n""", re.VERBOSE | re.DOTALL | re.MULTILINE)

FUNCTION = re.compile(r"(?!typedef)([\w\s*]+?)\b(\w+)\s*\((?!\*)")
ATTRIBUTES = re.compile(r"__attribute__\s*\(\(.*?\)\)|"
                        r"\b(?:extern|static|inline)\b|"
                        r"\b[A-Z][A-Z_]+\b(?:\([\d, ]*\))?")


def functions(text):
    """(line, name, type, lines, comment) of each function of a header; the
    type is None for one that has a body here."""
    comment, end = "", 0
    for item in ITEM.finditer(text):
        if text[end:item.start()].strip(" "):
            comment = ""
        if not item["code"]:
            comment = item["comment"] or ""
        code = ATTRIBUTES.sub("", item["code"] or "").strip()
        match = FUNCTION.match(code)
        if match:
            line = text.count("\n", 0, item.start()) + 1
            value = match[1].strip() if code.endswith(";") else None
            yield line, match[2], value, item["code"].count("\n") + 1, comment
        end = item.end()


def parts_of(header, value):
    """What a comment of this header tells of a function of this value."""
    if header == PLATFORM:
        return PLATFORM_PARTS
    return PARTS + [PART_OF_VALUES] * (value != "void")


def judge_comments(header):
    for line, name, value, lines, comment in functions(header.read_text()):
        if not comment and (value or lines > INLINE_LINES):
            yield f"{header}:{line}: {name} has no comment directly above"
        if not comment or not value:
            continue
        if header.parts[1] == "mm":
            for part in parts_of(header, value):
                if part not in comment:
                    yield f"{header}:{line}: {name}'s comment has no {part}"


def judge_compiled(header, compiler):
    flags = [flag for flag in compiler if flag not in ("-MMD", "-MP")]
    twice = f'#include "{header}"\n' * 2
    run = subprocess.run(flags + ["-x", "c", "-fsyntax-only", "-"],
                         input=twice, text=True, capture_output=True)
    if run.returncode or run.stderr:
        lines = run.stderr.splitlines() or ["it does not say why"]
        why = next((line for line in lines if "error: " in line), lines[0])
        yield (f"{header}: {compiler[0]} does not compile it "
               f"alone: {why.removeprefix('./')}")


def main(compiler):
    headers = sorted(Path("include").rglob("*.h"))
    inner = sorted(header for folder in ("mm", "kernel")
                   for header in Path(folder).rglob("*.h"))
    faults = [fault for header in headers for fault in judge_comments(header)]
    if compiler:
        faults += [fault for header in headers + inner
                   for fault in judge_compiled(header, compiler)]
    print(*faults or [f"headers: {len(headers)} say what they must, "
                      f"{len(headers + inner) if compiler else 0} compile "
                      "alone"], sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
