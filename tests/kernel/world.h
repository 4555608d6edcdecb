/*
 * world.h, inside the kernel - how a test is come back to from a panic.
 */
#ifndef WORLD_H
#define WORLD_H

typedef void *test_place_t[5];

#define TEST_SAVE_PLACE(place)  __builtin_setjmp(place)
#define TEST_GO_BACK(place)     __builtin_longjmp(place, 1)

#endif
