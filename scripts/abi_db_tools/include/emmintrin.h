#ifndef ABICHECK_EMMINTRIN_H
#define ABICHECK_EMMINTRIN_H
#include <stddef.h>
#include <stdint.h>
#endif
