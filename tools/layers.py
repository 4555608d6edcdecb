#!/usr/bin/env python3
"""Does everything in Strata reach downwards only?

    tools/layers.py [DIRECTORY...]

Run it from the top of the tree. It judges every #include line, and, for each
DIRECTORY that holds the objects of mm/*.c, every symbol that they leave
undefined: what one layer calls, another one or the platform must supply.
One sentence a violation; the status is 0 if there is none.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

# The layers of mm/, lowest first. A file's name says its layer: pmm.c,
# pmm_run.c and pmm_internal.h are all of pmm.
LAYERS = ["memmap", "pmm", "pt", "kva", "slab", "kheap", "vm", "audit"]

# The upper half of L4 is built on what the lower half keeps private.
HALVES = {"kheap": "slab"}

# What a build may leave out, as another file is there in its place.
STAND_INS = {"kheap_unmapped.c"}

# What lies below all layers: include/mm/addr.h and its like.
GROUND = ["addr", "platform", "lock", "claim"]

# What a room may include. A room is a folder, its headers in include/ too.
ROOMS = {
    "lib": ["lib"],
    "abi": ["abi", "lib"],
    "mm": ["mm", "lib"],
    "x86": ["x86", "mm", "lib"],
    "kernel": ["kernel", "x86", "mm", "abi", "lib"],
    "user": ["user", "abi", "lib"],
    "tests": ["tests", "kernel", "x86", "mm", "abi", "lib"],
}

# Where the rooms are.
FOLDERS = ["include", "mm", "kernel", "user", "tests"]

# The one file that brings the tests into the kernel.
TESTS_GLUE = Path("kernel/selftest.c")

# Headers of the compiler that need no library behind them.
FREESTANDING = ["limits.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h"]

# What runs on Linux as well includes headers of the C library there.
ON_LINUX_TOO = [Path("user/malloc/malloc.c")]

# What a compiler calls on its own, and every kernel supplies.
MEM_FUNCTIONS = {"memcpy", "memmove", "memset", "memcmp"}

PLATFORM = Path("include/mm/platform.h")
INCLUDE = re.compile(r'\s*#\s*include\s*["<]([^">]+)[">]')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def room_of(path):
    return path.parts[1 if path.parts[0] == "include" else 0]


def layer_of(path):
    """The layer of a file of mm/; "ground" below all, None if it has none."""
    name = path.name.split(".")[0]
    if name in GROUND:
        return "ground"
    prefix = name.split("_")[0]
    return prefix if prefix in LAYERS else None


def rank(layer):
    return -1 if layer == "ground" else LAYERS.index(layer)


def find_header(file, name):
    """Where the compiler finds what `file` includes; None: not in the tree."""
    own = [Path("user")] if file.parts[0] == "user" else []
    for folder in (file.parent, Path("include"), Path("tests"), *own):
        path = Path(os.path.normpath(folder / name))
        if path.is_file():
            return path
    return None


def objection_to_include(file, name):
    """Why `file` may not include `name`, as the end of a sentence, or None."""
    room, header = room_of(file), find_header(file, name)
    if header is None:
        if room == "tests" or name in FREESTANDING or file in ON_LINUX_TOO:
            return None
        return "which is neither in the tree nor freestanding"
    other = room_of(header)
    if other == "tests" and file == TESTS_GLUE:
        return None
    if other not in ROOMS[room]:
        return f"but {room} may include only {', '.join(ROOMS[room])}"
    if other != "mm":
        return None
    own, its = layer_of(file) if room == "mm" else None, layer_of(header)
    if header.parts[0] == "mm" and its not in (own, HALVES.get(own)):
        return f"which is private to {its}"
    if None not in (own, its) and rank(its) > rank(own):
        return "which is above it"
    return None


def judge_includes(file):
    who = room_of(file) == "mm" and layer_of(file) or room_of(file)
    lines = file.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        objection = match and objection_to_include(file, match[1])
        if objection:
            yield f"{file}:{number}: {who} includes {match[1]}, {objection}"


def judge_file(file):
    if room_of(file) not in ROOMS:
        yield f"{file}: is in no room; ROOMS of tools/layers.py lists them"
    elif room_of(file) == "mm" and layer_of(file) is None:
        yield (f"{file}: is of no layer; name it LAYER{file.suffix} or "
               f"LAYER_part{file.suffix}, or add its layer to LAYERS of "
               "tools/layers.py")
    else:
        yield from judge_includes(file)


def platform_names():
    code = COMMENT.sub("", PLATFORM.read_text())
    return set(re.findall(r"\b(platform_\w+)\s*[(;]", code))


def global_symbols(folder, source):
    """(name, is defined here, "file:line") for each in an object."""
    nm = [os.environ.get("NM", "nm"), "-g", "-l", folder / f"{source.name}.o"]
    text = subprocess.run(nm, check=True, text=True, capture_output=True)
    for line in text.stdout.splitlines():
        symbol, _, place = line.partition("\t")
        *_, kind, name = symbol.split()
        place = os.path.relpath(place) if place else str(source)
        yield name, kind not in "Uvw", place


def judge_symbols(folder, sources):
    built = [s for s in sources if (folder / f"{s.name}.o").exists()]
    missing = [s for s in sources
               if s not in built and s.name not in STAND_INS]
    if missing or not built:
        yield f"{folder}: has no object of {missing[0] if missing else 'mm/'}"
        return
    symbols = [(layer_of(source), *symbol) for source in built
               for symbol in global_symbols(folder, source)]
    owner = {name: layer for layer, name, defined, _ in symbols if defined}
    outside = platform_names() | MEM_FUNCTIONS
    for layer, name, defined, place in symbols:
        if name in owner and rank(owner[name]) > rank(layer):
            yield f"{place}: {layer} uses {name} of {owner[name]}, above it"
        elif name not in owner and name not in outside:
            yield (f"{place}: {layer} uses {name}, which neither mm/ nor its "
                   "platform has")


def main(folders):
    files = sorted(file for folder in FOLDERS
                   for file in Path(folder).rglob("*.[ch]"))
    sources = [file for file in files
               if file.parent == Path("mm") and file.suffix == ".c"
               and layer_of(file)]
    faults = [fault for file in files for fault in judge_file(file)]
    for folder in folders:
        faults += judge_symbols(Path(folder), sources)
    print(*faults or [f"layers: {len(files)} files and {len(folders)} builds "
                      "reach downwards only"], sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
