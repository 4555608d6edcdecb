#!/bin/sh
# Set-up: says which Debian or Ubuntu packages are missing, and installs them.
#
#   tools/setup.sh         what it takes to build and run
#   tools/setup.sh test    and what the tests need besides
#
# Asks the shell and the file system only, so that it costs nothing when
# everything is there.
set -eu

missing=

# need PROGRAM PACKAGE: the program comes with the package.
need() {
    command -v "$1" >/dev/null || missing="$missing $2"
}

# need_file PACKAGE NAME...: the package has a file of one of these names.
need_file() {
    package=$1
    shift
    for name; do
        if [ -e "$name" ]; then return; fi
    done
    missing="$missing $package"
}

to_run() {
    command -v i686-elf-gcc >/dev/null ||
        need i686-linux-gnu-gcc gcc-i686-linux-gnu
    need nm binutils
    need nasm nasm
    need python3 python3
    need qemu-system-i386 qemu-system-x86
    need grub-mkrescue grub-common
    need_file grub-pc-bin /usr/lib/grub/i386-pc/multiboot.mod
    need xorriso xorriso
    need mformat mtools
}

to_test() {
    need i686-linux-gnu-gcc gcc-i686-linux-gnu
    need_file libc6-dev-i386-cross /usr/i686-linux-gnu/include/stdio.h
    need gcc gcc
    need_file libc6-dev /usr/include/stdio.h
    need clang clang
    need_file libclang-rt-dev \
        /usr/lib/clang/*/lib/linux/libclang_rt.asan-i386.a \
        /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.asan-i386.a
    need ld.lld lld
    need gdb gdb
    need valgrind valgrind
    need_file perl /usr/share/perl/5.*/TAP/Harness.pm
    need sqlite3 sqlite3
    need xz xz-utils
    need bochs "bochs bochs-term"
    need_file bochsbios /usr/share/bochs/BIOS-bochs-legacy
    need_file vgabios /usr/share/bochs/VGABIOS-lgpl-latest
}

stop() {
    printf '%s\n' "set-up: $*" >&2
    exit 1
}

# look [test]: what is missing? A package that two needs name is named once.
look() {
    missing=
    to_run
    if [ "${1-}" = test ]; then to_test; fi
    missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
    missing=${missing% }
}

look "$@"
if [ -z "$missing" ]; then exit 0; fi

echo "set-up: missing: $missing"
command -v apt-get >/dev/null ||
    stop "there is no apt-get here. Please install what these packages of" \
         "Debian hold, then try again."
case $missing in
*gcc-i686-linux-gnu*)
    case $(dpkg-query -W -f '${Status}' gcc-multilib 2>/dev/null) in
    *' installed')
        stop "gcc-i686-linux-gnu cannot be installed beside gcc-multilib," \
             "which is here. Remove that (apt-get remove gcc-multilib)," \
             "then try again." ;;
    esac ;;
esac

install="apt-get install --no-install-recommends"
as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
        stop "this takes root: $install $missing"
    as_root=sudo
fi

echo "set-up: ${as_root:+$as_root }$install $missing"
$as_root apt-get update -qq
# Where there is no libclang-rt-dev, clang itself brings what is in it.
if ! apt-cache show libclang-rt-dev >/dev/null 2>&1; then
    missing=$(printf '%s\n' $missing | grep -vx libclang-rt-dev)
fi
$as_root env DEBIAN_FRONTEND=noninteractive \
    $install -qq -y --no-remove $missing < /dev/null

look "$@"
if [ -n "$missing" ]; then stop "and yet there is still missing: $missing"; fi
