# What Debian packages for i386: the heaps of others, and real programs. It is
# fetched once, for the tests and the bench; what cannot be had is left out, and
# they say so.

PEERS := build/peers

# C library, heaps, then programs with the libraries that they need.
PEER_PACKAGES := musl-dev \
                 libjemalloc2 libmimalloc2.0 libstdc++6 \
                 perl-base libcrypt1 \
                 python3.11-minimal libpython3.11-minimal \
                 libpython3.11-stdlib libexpat1 zlib1g \
                 sqlite3 libsqlite3-0 libreadline8 libtinfo6 \
                 cpp-12 libgmp10 libisl23 libmpc3 libmpfr6 libzstd1 \
                 xz-utils liblzma5

$(PEERS)/usr:
	$(Q)tools/fetch.sh $(PEERS) $(PEER_PACKAGES)
