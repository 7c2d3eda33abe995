#ifndef ABICHECK_SYS_TYPES_H
#define ABICHECK_SYS_TYPES_H
#include <stddef.h>
typedef long off_t;
#endif
