#ifndef ABICHECK_FLOAT_H
#define ABICHECK_FLOAT_H
#include <stddef.h>
#include <limits.h>
#include <stdint.h>
#endif
