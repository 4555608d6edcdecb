#!/usr/bin/env -S python3 -B
"""The self-tests under Bochs, by GRUB's image: a stricter machine than QEMU,
with a true TLB, and #GP for what does not exist in CR4.

Its exit status tells nothing, so the verdict comes from the serial port.
"""

import re
import subprocess
import tempfile
from pathlib import Path

from machine import build_folder
from tap import Tap

BOUND = 120     # seconds
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


def run_bochs(folder):
    """What the serial port said, and None or what is wrong with the end."""
    settings, start = Path(folder, "settings"), Path(folder, "start")
    settings.write_text(CONFIGURATION.format(
        share=SHARE, memory=MEMORY, folder=folder,
        image=build_folder("gcc") / "strata-tests.iso"))
    start.write_text("c\n")     # it starts in its debugger: go on
    wrong = None
    try:
        subprocess.run(["bochs", "-q", "-f", settings, "-rc", start],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=BOUND)
    except subprocess.TimeoutExpired:
        wrong = f"hang: no end within {BOUND} s"
    serial = Path(folder, "serial")
    text = serial.read_text("latin-1") if serial.exists() else ""
    return text.replace("\r", ""), wrong


def main():
    tap = Tap("bochs")
    with tempfile.TemporaryDirectory() as folder:
        log, wrong = run_bochs(folder)
        own_log = Path(folder, "log").read_text("latin-1")
    for line in log.splitlines():
        if re.match(r"(not )?ok \d+ - ", line):
            tap.passed_on(line)
    tap.ok(not wrong and tap.count and f"\n1..{tap.count}\n" in log,
           "the machine comes to the end of the results", wrong, log,
           own_log[-2000:])
    tap.done()


main()
