"""Accounts of what is mapped: the kernel's, as tests/kernel/test_oracle.c
prints it, and QEMU's, for those who compare them."""

import re

PAGE = 4096
LARGE = 1 << 7      # the bit of an entry


def told(log):
    """{address: (physical address, bits)} from the kernel's lines."""
    pages = {}
    for line in re.findall(r"^# oracle ([0-9a-f]{8} .*)$", log, re.M):
        va, phys, size, bits = (int(word, 16) for word in line.split())
        unit = 1024 * PAGE if bits & LARGE else PAGE
        for offset in range(0, size, unit):
            pages[va + offset] = phys + offset, bits
    return pages


def difference(ours, theirs):
    """The first few addresses of which the accounts differ."""
    return [(hex(address), ours.get(address), theirs.get(address))
            for address in sorted(ours.keys() | theirs.keys())
            if ours.get(address) != theirs.get(address)][:5]


def pages_of_tlb(flags, text):
    """{address: (physical address, bits)} of what QEMU's `info tlb` says;
    `flags` has the bits of those of its letters that count."""
    pages = {}
    for line in filter(None, text.splitlines()):
        address, phys, letters = line.replace(":", "").split()
        bits = sum(flags.get(letter, 0) for letter in letters)
        pages[int(address, 16)] = int(phys, 16), bits
    return pages
