/* The C library, as far as NumPy's headers name its types; sizes are the compiler's own. */
#ifndef ABICHECK_STDDEF_H
#define ABICHECK_STDDEF_H
typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
#ifndef __cplusplus
typedef __WCHAR_TYPE__ wchar_t;
#define NULL ((void*)0)
#else
#define NULL 0
#endif
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif
