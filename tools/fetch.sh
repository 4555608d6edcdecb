#!/bin/sh
# Fetch packages of Debian's for i386, and unpack them below a folder:
#
#   tools/fetch.sh FOLDER PACKAGE...
#
# Nothing is installed: apt-get gets a state of its own, for another
# architecture. What cannot be had is named and left out; who wanted it goes on
# without.
set -eu

mkdir -p "$1/lists/partial" "$1/debs"
folder=$(cd "$1" && pwd)
shift

get() {
    apt-get -q -o APT::Architecture=i386 -o APT::Architectures=i386 \
        -o Dir::State::lists="$folder/lists" -o Dir::Cache="$folder" \
        -o Dir::State::status=/dev/null -o Acquire::http::Timeout=10 \
        -o Acquire::Retries=1 -o APT::Sandbox::User=root "$@" \
        >> "$folder/log" 2>&1
}

command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null || {
    echo "fetch: no apt-get and dpkg-deb here, so without $*"
    exit 0
}
cd "$folder/debs"
get update || true # one of several lists may do

# All of them at once; if there is one that cannot be had, each by itself.
get download $(printf '%s:i386 ' "$@") ||
    for package; do
        get download "$package:i386" ||
            echo "fetch: no $package for i386; $folder/log says why"
    done
for file in *.deb; do
    if [ -e "$file" ]; then dpkg-deb -x "$file" "$folder"; fi
done
