"""The kernel's account of what is mapped, as tests/kernel/test_oracle.c prints
it, for those who have another one to compare it with."""

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
