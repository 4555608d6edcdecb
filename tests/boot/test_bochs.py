#!/usr/bin/env -S python3 -B
"""The self-tests under Bochs, by GRUB's image: a stricter machine than QEMU,
with a true TLB, and #GP for what does not exist in CR4. Global pages stay in
that TLB when CR3 is loaded, so a whole flush that forgets them is seen by
tests/kernel/test_tlb.c here, and only here.

Its exit status tells nothing, so the verdict comes from the serial port.
"""

import re
import subprocess
import tempfile
from pathlib import Path

from machine import build_folder
from oracle import LARGE, PAGE, difference, told
from tap import Tap

BOUND = 1200    # seconds
MEMORY = 64     # MiB
SHARE = "/usr/share/bochs"  # the other BIOS there resets itself on Ubuntu
CONFIGURATION = """
display_library: rfb, options="timeout=0"
romimage: file={share}/BIOS-bochs-legacy
vgaromimage: file={share}/VGABIOS-lgpl-latest
memory: guest={memory}, host={memory}
ata0-master: type=cdrom, path={image}, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev={folder}/serial
log: {folder}/log
panic: action=fatal
speaker: enabled=0
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
"""


def address_of(symbol):
    listing = subprocess.run(["nm", build_folder("gcc") / "strata.elf"],
                             check=True, text=True, stdout=subprocess.PIPE)
    return re.search(rf"^([0-9a-f]+) . {symbol}$", listing.stdout, re.M)[1]


def pages_of_tab(text):
    """{address: physical address} of what `info tab` says, by pages."""
    pages = {}
    for start, end, phys in re.findall(
            r"0x([0-9a-f]{16})-0x([0-9a-f]{16}) -> 0x([0-9a-f]+)-", text):
        for offset in range(0, int(end, 16) + 1 - int(start, 16), PAGE):
            pages[int(start, 16) + offset] = int(phys, 16) + offset
    return pages


def pages_of_account(log):
    """The same from the kernel's account, up to the first look."""
    pages = {}
    account = told(log.partition("# oracle look")[0])
    for address, (phys, bits) in account.items():
        for offset in range(0, 1024 * PAGE if bits & LARGE else PAGE, PAGE):
            pages[address + offset] = phys + offset
    return pages


def run_bochs(folder):
    """What the serial port said, what the debugger said, and None or what is
    wrong with the end."""
    settings, start = Path(folder, "settings"), Path(folder, "start")
    settings.write_text(CONFIGURATION.format(
        share=SHARE, memory=MEMORY, folder=folder,
        image=build_folder("gcc") / "strata-tests.iso"))
    # It starts in its debugger: stop where the account is told, and go on.
    start.write_text(f"lb 0x{address_of('oracle_look')}\nc\ninfo tab\nd 1\n"
                     "c\n")
    wrong = None
    with open(Path(folder, "said"), "w") as said:
        try:
            subprocess.run(["bochs", "-q", "-f", settings, "-rc", start],
                           stdin=subprocess.DEVNULL, stdout=said,
                           stderr=subprocess.DEVNULL, timeout=BOUND)
        except subprocess.TimeoutExpired:
            wrong = f"hang: no end within {BOUND} s"
    serial = Path(folder, "serial")
    text = serial.read_text("latin-1") if serial.exists() else ""
    tab = Path(folder, "said").read_text("latin-1")
    return text.replace("\r", ""), tab, wrong


def main():
    tap = Tap("bochs")
    with tempfile.TemporaryDirectory() as folder:
        log, tab, wrong = run_bochs(folder)
        own_log = Path(folder, "log").read_text("latin-1")
    for line in log.splitlines():
        if re.match(r"(not )?ok \d+ - ", line):
            tap.passed_on(line)
    tap.ok(not wrong and tap.count and f"\n1..{tap.count}\n" in log,
           "the machine comes to the end of the results", wrong, log,
           own_log[-2000:])
    tlb = re.findall(r"^ok \d+ - tlb: .*", log, re.M)
    tap.ok(", global pages" in log and len(tlb) >= 4 and
           not any("# SKIP" in line for line in tlb),
           "it has global pages, and they are mapped to other frames", tlb)
    ours, theirs = pages_of_account(log), pages_of_tab(tab)
    tap.ok(len(ours) > 100 and ours == theirs,
           "its info tab has the same pages as the kernel's account",
           len(ours), difference(ours, theirs))
    tap.done()


main()
