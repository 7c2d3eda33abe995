#ifndef ABICHECK_UNISTD_H
#define ABICHECK_UNISTD_H
#include <stddef.h>
#include <stdint.h>
#endif
