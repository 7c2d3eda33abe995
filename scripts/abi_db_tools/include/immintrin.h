#ifndef ABICHECK_IMMINTRIN_H
#define ABICHECK_IMMINTRIN_H
#include <stddef.h>
#include <stdint.h>
#endif
