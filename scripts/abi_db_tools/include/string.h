#ifndef ABICHECK_STRING_H
#define ABICHECK_STRING_H
#include <stddef.h>
#include <stdint.h>
#endif
