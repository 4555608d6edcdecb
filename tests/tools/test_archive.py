#!/usr/bin/env -S python3 -B
"""tools/initrd.py puts into an archive what is in the folders, and nothing of
when and by whom it was made."""

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/boot"), str(ROOT / "tools")]
import initrd
from fake_tree import fake_tree
from tap import Tap

FILES = {"one/a": "first", "one/sub/b": "", "two/a": "second",
         "two/an odd name": "x" * 5}
ENTRY = re.compile(rb"070701([0-9A-F]{104})")


def entries(data):
    """{name: (mode, content)}, read as the format is described."""
    found, at = {}, 0
    while True:
        field = [int(data[at + 6 + i:at + 14 + i], 16)
                 for i in range(0, 104, 8)]
        name = data[at + 110:at + 110 + field[11] - 1].decode()
        body = at + (110 + field[11] + 3) // 4 * 4
        if not ENTRY.match(data, at) or name == "TRAILER!!!":
            return found, at
        found[name] = field[1], data[body:body + field[6]]
        at = (body + field[6] + 3) // 4 * 4


def main():
    tap = Tap("archive")
    with fake_tree(FILES) as tree:
        os.chmod(tree / "two/a", 0o700)
        os.symlink("a", tree / "two/link")
        os.mkfifo(tree / "two/pipe")
        folders = [tree / "one", tree / "two"]
        data = initrd.archive(folders)
        found, end = entries(data)
        os.utime(tree / "one/sub/b", (1, 1))
        tap.ok(initrd.archive(folders) == data,
               "the same files make the same archive")
    wanted = {"a": (0o100755, b"second"), "link": (0o120777, b"a"),
              "an odd name": (0o100644, b"xxxxx"), "sub": (0o40755, b""),
              "sub/b": (0o100644, b"")}
    tap.ok(found == wanted, "every file, directory and link is in it, the "
           "later folder's where two have it, and nothing else", found)
    tap.ok(list(found) == sorted(found), "a directory comes before what is "
           "in it", found)
    tap.ok(data[end:].startswith(b"070701") and len(data) % 4 == 0,
           "it ends with a trailer", data[end:])
    tap.done()


main()
