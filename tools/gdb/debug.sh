#!/bin/sh
# make debug: QEMU in the background, GDB in front of it; they end together.
#
#   tools/gdb/debug.sh OUT BREAK QEMU...
set -eu
out=$1
stop_at=$2
shift 2

socket=$out/gdb.sock
rm -f "$socket"
# In a session of its own: Ctrl-C is GDB's. After a triple fault the machine
# stays as it is, to be looked at.
setsid "$@" -kernel "$out/strata.elf" -S \
    -gdb "unix:$socket,server=on,wait=off" -display none \
    -serial "file:$out/debug-serial.log" -no-reboot -no-shutdown < /dev/null &
qemu=$!
finish() {
    kill -9 $qemu || true
    wait $qemu || true
    rm -f "$socket"
} 2> /dev/null
trap finish EXIT
trap : INT
trap 'exit 1' HUP TERM
while [ ! -S "$socket" ]; do
    kill -0 $qemu || exit 1
    sleep 0.02
done

echo "The kernel's console goes to $out/debug-serial.log."
gdb -q "$out/strata.elf" -x tools/gdb/strata.py -ex 'set confirm off' \
    -ex "target remote $socket" -ex "break $stop_at" -ex continue
