#!/bin/sh
# Fetch the heaps that ours is measured beside, as Debian packages them for
# i386, and unpack them below a folder:
#
#   tests/bench/peers/fetch.sh build/peers
#
# Nothing is installed: apt-get gets a state of its own, for another
# architecture. What cannot be had is named and left out; the bench goes on.
set -eu

packages="libjemalloc2 libmimalloc2.0 libstdc++6"

mkdir -p "$1/lists/partial" "$1/debs"
folder=$(cd "$1" && pwd)

get() {
    apt-get -q -o APT::Architecture=i386 -o APT::Architectures=i386 \
        -o Dir::State::lists="$folder/lists" -o Dir::Cache="$folder" \
        -o Dir::State::status=/dev/null -o Acquire::http::Timeout=10 \
        -o Acquire::Retries=1 -o APT::Sandbox::User=root "$@" \
        >> "$folder/log" 2>&1
}

command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null || {
    echo "peers: no apt-get and dpkg-deb here, so without $packages"
    exit 0
}
cd "$folder/debs"
get update || true # one of several lists may do
for package in $packages; do
    get download "$package:i386" && dpkg-deb -x "$package"_*.deb "$folder" ||
        echo "peers: no $package for i386; $folder/log says why"
done
