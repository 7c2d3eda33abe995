#ifndef ABICHECK_STDIO_H
#define ABICHECK_STDIO_H
#include <stddef.h>
typedef struct abicheck_file FILE;
#endif
