#ifndef ABICHECK_ASSERT_H
#define ABICHECK_ASSERT_H
#include <stddef.h>
#include <stdint.h>
#endif
