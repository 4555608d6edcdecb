"""Threads that compress and take apart: zlib lets go of the interpreter's
lock, so they are in the heap at the same time. What one thread makes, another
one frees."""

import queue
import threading
import zlib

THREADS, BLOCKS = 4, 20


def make(number, out):
    for n in range(BLOCKS):
        text = b"".join(b"%d:%d " % (number, n * i) for i in range(3000))
        out.put((number, n, zlib.crc32(text), zlib.compress(text, 1)))
    out.put(None)


def main():
    out, found, ended = queue.Queue(), [], 0
    threads = [threading.Thread(target=make, args=(number, out))
               for number in range(THREADS)]
    for thread in threads:
        thread.start()
    while ended < THREADS:
        item = out.get()
        if item is None:
            ended += 1
            continue
        number, n, checksum, packed = item
        text = zlib.decompress(packed)
        found.append((number, n, len(text), zlib.crc32(text) == checksum))
    for thread in threads:
        thread.join()
    print(*sorted(found), sep="\n")


main()
