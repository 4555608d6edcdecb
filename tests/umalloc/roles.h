/*
 * roles.h - what a program does that a test starts anew.
 */
#ifndef ROLES_H
#define ROLES_H

#include "lib/types.h"

struct role {
    const char *name;
    void (*play)(void);
};

enum { ROLES = 7 };

extern const struct role roles[ROLES];

#endif
