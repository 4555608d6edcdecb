/*
 * abi/random.h - getrandom().
 */
#ifndef ABI_RANDOM_H
#define ABI_RANDOM_H

enum getrandom_flag {
    GRND_NONBLOCK = 1,
    GRND_RANDOM = 2,
    GRND_INSECURE = 4,
};

#endif
