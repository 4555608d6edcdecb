#!/usr/bin/env python3
"""Is every operation that allocates tried with too little memory?

    tools/sweeps.py DIRECTORY

Run it from the top of the tree. DIRECTORY has the objects of mm/ and kernel/.
An operation is a function of a header that comes, by whatever calls, to one of
GIVERS; it is tried if tests/ has a SWEEP(function, claim) for it. One sentence
for each that is not, and for each SWEEP of what does not allocate; the status
is 0 if there is none. Calls through pointers are not followed.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # everything made goes below build/

from headers import functions

# Where all memory comes from.
GIVERS = ["memmap_take", "pmm_bitmap_take", "pmm_bitmap_take_some"]

# The rest of an inline function, which is swept with it.
REST = "_slow"

# What gets all its memory from an operation that is swept, and could not be
# tried itself: it tells people, or does not come back.
THROUGH = {"command_run": ["process_run", "process_run_beside",
                           "initrd_open"],
           "process_run_init_if_asked": ["process_run"]}

ROOMS = ["mm", "kernel", "x86"]
SWEEP = re.compile(r"^SWEEP(?:_[A-Z]+)?\((\w+),", re.MULTILINE)
INLINE = re.compile(r"^(?:NODISCARD )?static (?:ALWAYS_INLINE|inline) [^;{]*?"
                    r"\b(\w+)\([^;{]*\)\s*\{(.*?)^\}",
                    re.DOTALL | re.MULTILINE)
CALL = re.compile(r"\b(\w+)\(")

# Of objdump: a local function, the start of one, what an instruction leads to,
# and what the linker will put there instead: of a local function, its section.
LOCAL = re.compile(r"^[0-9a-f]+ l .* (\S+)$")
START = re.compile(r"^[0-9a-f]+ <(\S+)>:$")
TARGET = re.compile(r"<([^>+]+)(?:\+0x[0-9a-f]+)?>$")
RELOCATION = re.compile(r"^\s+[0-9a-f]+: R_\S+\s+"
                        r"(?:\.text\.(?:unlikely\.)?)?([^\s+-]+)")


def calls_of_object(path):
    """(caller, callee) for each call; a name that only this object knows is
    told together with the object's."""
    objdump = os.environ.get("OBJDUMP", "objdump")
    text = subprocess.run([objdump, "-t", "-dr", "--no-show-raw-insn", path],
                          check=True, text=True, capture_output=True).stdout
    lines = text.splitlines()
    local = {match[1] for match in map(LOCAL.match, lines) if match}

    def full(name):
        return f"{path}:{name}" if name in local else name

    caller = target = None
    for line in lines:
        start, relocation = START.match(line), RELOCATION.match(line)
        if relocation:
            target = relocation[1]
        if caller and target and (relocation or target != caller):
            yield full(caller), full(target)
        match = TARGET.search(line)
        target = match[1] if match and not start and not relocation else None
        caller = start[1] if start else caller


def calls_of_header(text):
    for match in INLINE.finditer(text):
        for callee in CALL.findall(match[2]):
            yield match[1], callee


def who_comes_to(givers, calls):
    callers = {}
    for caller, callee in calls:
        callers.setdefault(callee, set()).add(caller)
    found, new = set(), set(givers)
    while new:
        found |= new
        new = set().union(*(callers.get(name, ()) for name in new)) - found
    return found


def operations(headers):
    """Where each function of the headers is told of first, by its name."""
    places = {}
    for header in headers:
        for line, name, *_ in functions(header.read_text()):
            places.setdefault(name, f"{header}:{line}")
    return {name: place for name, place in places.items()
            if name.removesuffix(REST) == name
            or name.removesuffix(REST) not in places}


def sweeps():
    for file in sorted(Path("tests").rglob("*.c")):
        text = file.read_text()
        for match in SWEEP.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield match[1], f"{file}:{line}"


def judge(folder):
    objects = sorted(path for room in ROOMS
                     for path in Path(folder, room).rglob("*.c.o"))
    headers = sorted(path for room in ROOMS
                     for path in Path("include", room).rglob("*.h"))
    calls = [call for path in objects for call in calls_of_object(path)]
    missing = set(GIVERS) - {callee for _, callee in calls}
    if missing:
        yield f"{folder}: nobody calls {min(missing)}, where memory comes from"
        return
    for header in headers:
        calls += calls_of_header(header.read_text())
    allocating = who_comes_to(GIVERS, calls)
    swept = dict(sweeps())
    for name, others in THROUGH.items():
        tried = swept.keys() & others
        rest = (call for call in calls if call[0] not in tried)
        if name not in who_comes_to(GIVERS, rest):
            allocating.discard(name)
    places = operations(headers)
    for name, place in places.items():
        if name in allocating and name not in swept:
            yield (f"{place}: {name} allocates, and no SWEEP of tests/ tries "
                   "it with too little memory")
    for name, place in swept.items():
        if name not in allocating or name not in places:
            yield f"{place}: {name} is swept, and does not allocate"


def main(folder):
    faults = list(judge(folder))
    print(*faults or [f"sweeps: {len(dict(sweeps()))} operations allocate, and "
                      "each is tried with too little memory"], sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
