#!/usr/bin/env -S python3 -B
"""Make an archive of files for the kernel: cpio, in its format newc.

    tools/initrd.py ARCHIVE FOLDER...

What is below each FOLDER, whose own name is left out; where two have a file of
the same name, the later one's is taken. Owners, times and inode numbers are
left out, too: the same files make the same archive. One that would be as it is
already is not touched.
"""
import os
import stat
import sys
from pathlib import Path

MAGIC = b"070701"
TRAILER = "TRAILER!!!"
ALIGN = 4


def padded(data):
    return data + bytes(-len(data) % ALIGN)


def entry(inode, name, mode, data):
    """An entry: a header of 13 numbers, the name, the data."""
    path = os.fsencode(name) + b"\0"
    fields = [inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0]
    header = MAGIC + b"".join(b"%08X" % field for field in fields)
    return padded(header + path) + padded(data)


def content(path):
    """The mode of a file, directory or symbolic link, and its data."""
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return stat.S_IFLNK | 0o777, os.fsencode(os.readlink(path))
    if stat.S_ISDIR(mode):
        return stat.S_IFDIR | 0o755, b""
    if stat.S_ISREG(mode):
        executable = 0o111 if mode & stat.S_IXUSR else 0
        return stat.S_IFREG | 0o644 | executable, path.read_bytes()
    return None


def archive(folders):
    files = {}
    for folder in map(Path, folders):
        if not folder.is_dir():
            sys.exit(f"initrd: {folder} is no folder")
        files |= {str(path.relative_to(folder)): path
                  for path in folder.rglob("*")}
    entries = []
    for name in sorted(files):
        found = content(files[name])
        if found:
            entries.append(entry(len(entries) + 1, name, *found))
        else:
            print(f"initrd: {files[name]} is left out: it is neither file, "
                  "directory nor symbolic link", file=sys.stderr)
    return b"".join(entries) + entry(0, TRAILER, 0, b"")


def main(target, *folders):
    data, file = archive(folders), Path(target)
    if not file.exists() or file.read_bytes() != data:
        file.write_bytes(data)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
