#!/usr/bin/env -S python3 -B
"""The archive of files: whole, broken, and where the kernel reaches memory by
windows only.

The archives are made here, header by header, as tools that make them would
refuse to make most of these.
"""

import stat
import tempfile
from pathlib import Path

from machine import PASSED, PROMPT, ROOT, Machine, image
from tap import Tap

DIRECTORY, FILE, LINK = (stat.S_IFDIR | 0o755, stat.S_IFREG | 0o644,
                         stat.S_IFLNK | 0o777)
FILE_BYTES, PERIOD = 10000, 251
HIGH = 0x40000000       # above what is mapped directly


def padded(data):
    return data + bytes(-len(data) % 4)


def entry(name, mode=FILE, data=b"", inode=0, links=1, device=(0, 0),
          name_bytes=None, data_bytes=None):
    path = name.encode() + b"\0"
    fields = [inode, mode, 0, 0, links, 0,
              len(data) if data_bytes is None else data_bytes, 0, 0,
              *device, len(path) if name_bytes is None else name_bytes, 0]
    return (padded(b"070701" + b"".join(b"%08x" % f for f in fields) + path)
            + padded(data))


TRAILER = entry("TRAILER!!!", 0)
MOTD = entry("motd", data=b"hello\n")


def link(name, to):
    return entry(f"fixture/{name}", LINK, to.encode())


def chain(length):
    """Links that lead to each other, the last one to a file."""
    names = [f"chain{length}"] + [f"c{length}.{i}" for i in range(1, length)]
    return b"".join(map(link, names, names[1:] + ["file"]))


def fixture():
    content = bytes(i * 7 % PERIOD for i in range(FILE_BYTES))
    return b"".join([
        entry(".", DIRECTORY), entry("fixture", DIRECTORY),
        entry("fixture/file", data=content), entry("fixture/empty"),
        link("link", "file"), link("absolute", "/fixture/file"),
        link("here", "."), link("up", ".."), link("loop", "loop"),
        link("nowhere", "nothing"), chain(39), chain(41),
        entry("fixture/deep/a/b/c", data=b"deep"), entry("fixture/deep/f"),
        entry("./fixture/./dotted"), entry("/fixture/rooted"),
        entry("fixture/../escape"), entry("fixture/file/below"),
        entry("fixture/" + "n" * 255), entry("fixture/" + "n" * 256),
        entry("fixture/odd", 0o170644),
        entry("fixture/first", inode=9, links=2),
        entry("fixture/second", data=b"linked", inode=9, links=2),
        entry("fixture/twice", data=b"one"),
        entry("fixture/twice", data=b"two"),
        entry("fixture/fifo", stat.S_IFIFO | 0o644),
        entry("fixture/disk", stat.S_IFBLK | 0o600, device=(8, 0)),
        entry("fixture/device", stat.S_IFCHR | 0o600, device=(99, 1)),
        entry("fixture", stat.S_IFREG), TRAILER])


# The claim; the archive; what the kernel says of it.
BROKEN = [
    ("an empty module", b"\0", "it ends without a trailer"),
    ("no trailer", MOTD, "initrd: at byte 124: it ends without a trailer"),
    ("a packed archive", b"\x1f\x8b" + bytes(200), "at byte 0: a header that "
     "is none"),
    ("an old archive", b"070707" + b"0" * 200, "at byte 0: a header that"),
    ("rubbish behind a file", MOTD + b"rubbish" * 40,
     "at byte 124: a header that is none"),
    ("letters for digits", MOTD + TRAILER.replace(b"0000", b"zzzz"),
     "at byte 124: a header whose digits are none"),
    ("content beyond the end", MOTD + entry("x", data_bytes=1 << 20),
     "at byte 124: content beyond its end"),
    ("content of 4 GiB", MOTD + entry("x", data_bytes=0xffffffff),
     "content beyond its end"),
    ("a name beyond the end", MOTD + entry("x", name_bytes=4000),
     "at byte 124: a name beyond its end"),
    ("a name of 4 GiB", MOTD + entry("x", name_bytes=0xffffffff) + bytes(9999),
     "at byte 124: a name of no sensible length"),
    ("a name without an end", MOTD + entry("xyz", name_bytes=3),
     "at byte 124: a name that does not end where it should"),
    ("a file cut off", (MOTD + entry("x", data=bytes(5000)))[:4000],
     "at byte 124: content beyond its end"),
    ("no file at all", TRAILER, "initrd: 0 files"),
]


def many(count):
    """One folder of many files."""
    return b"".join(entry(f"many/{i}") for i in range(count)) + TRAILER


class Archive:
    """An archive as a file, as long as it takes."""

    def __init__(self, data):
        (ROOT / "build").mkdir(exist_ok=True)
        self.file = tempfile.NamedTemporaryFile(dir=ROOT / "build")
        self.file.write(data)
        self.file.flush()
        self.name = self.file.name

    def __enter__(self):
        return self.name

    def __exit__(self, *error):
        self.file.close()


def passes(tap, claim, machine):
    """The kernel's tests of the tree pass, and none is skipped."""
    status = machine.wait()
    tap.ok(status == PASSED and "SKIP" not in machine.log and
           ": a link can be read" in machine.log, claim, machine.log)


def move_up(machine, path, size):
    """Let the loader have put the module above 768 MiB."""
    machine.gdb(f"""break *boot_start
continue
restore {Path(path).relative_to(ROOT)} binary {HIGH}
set $module = {{int}}($ebx + 24)
set {{int}}$module = {HIGH}
set {{int}}($module + 4) = {HIGH + size}""", "build/strata.elf")


def check_fixture(tap):
    with Archive(fixture()) as path:
        for kernel in "release", "checked":
            with Machine(*image(kernel=kernel, append="test=initrd:"),
                         "-initrd", path) as machine:
                passes(tap, f"the tree is as the archive has it, {kernel}",
                       machine)
        with Machine(*image(append="test=initrd:"), "-initrd", path, "-S",
                     memory=2048) as machine:
            move_up(machine, path, len(fixture()))
            passes(tap, "the same above the direct map", machine)


def check_places(tap):
    with Archive(MOTD + TRAILER) as path:
        with Machine(*image(), "-initrd", path, "-S") as machine:
            machine.gdb("""break *boot_start
continue
set $module = {int}($ebx + 24)
set {int}$module = 0xf0000000
set {int}($module + 4) = 0xf0001000""", "build/strata.elf")
            log = machine.read_until(PROMPT)
            tap.ok("the module at 0xf0000000 is not in RAM" in log and
                   "built in" in log, "a module that is not in RAM: said, and "
                   "the built-in archive is used", log)


def main():
    tap = Tap("initrd")
    check_fixture(tap)
    check_places(tap)
    for claim, data, words in BROKEN:
        with Archive(data) as path, \
             Machine(*image(), "-initrd", path) as machine:
            log = machine.read_until(PROMPT)
            files = 1 if data.startswith(MOTD) else 0
            tap.ok(words in log and f"initrd: {files} files" in log,
                   f"{claim}: said, and used up to there", log)
    with Archive(many(20000)) as path, \
         Machine(*image(), "-initrd", path) as machine:
        log = machine.read_until(PROMPT)
        tap.ok("initrd: 20000 files" in log, "20000 files: all there", log)
    with Archive(many(60000)) as path, \
         Machine(*image(), "-initrd", path, memory=16) as machine:
        log = machine.read_until(PROMPT)
        tap.ok("there is no memory for more files" in log or
               "initrd: 60000 files" in log,
               "more files than memory: said, and the kernel lives", log)
    tap.done()


main()
