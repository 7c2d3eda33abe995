/* The declarations of a C library that Python.h and NumPy's headers want, for machines without one. Each standard
   header that is not the compiler's own is a file that includes this one. */
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef _WIN32
typedef long long ssize_t;
typedef long off_t;
typedef int mode_t;
#else
typedef long ssize_t;
typedef long long off_t;
typedef unsigned short mode_t;
#endif
#define _POSIX_THREADS 1
typedef int pid_t;
typedef long long time_t;
typedef long clock_t;
typedef struct bare_file FILE;
struct timeval {
  time_t tv_sec;
  long tv_usec;
};
struct timespec {
  time_t tv_sec;
  long tv_nsec;
};
struct tm {
  int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst;
};
struct stat {
  off_t st_size;
  mode_t st_mode;
};
typedef unsigned int wint_t;
typedef int jmp_buf[64], sigjmp_buf[64];
typedef struct bare_mutex *pthread_key_t, *pthread_t;

#ifdef __cplusplus
extern "C" {
#endif
void *malloc(size_t), *realloc(void*, size_t), *calloc(size_t, size_t), *memcpy(void*, const void*, size_t),
    *memset(void*, int, size_t), *memmove(void*, const void*, size_t);
void free(void*), abort(void);
size_t strlen(const char*), wcslen(const wchar_t*);
int memcmp(const void*, const void*, size_t), strcmp(const char*, const char*),
    snprintf(char*, size_t, const char*, ...), fprintf(FILE*, const char*, ...), abs(int);
double fabs(double), floor(double), pow(double, double);
int* bare_errno(void);
#ifdef __cplusplus
}
#endif

#define errno (*bare_errno())
#define ERANGE 34
#define EDOM 33
#define assert(what) ((void)0)
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define HUGE_VAL __builtin_huge_val()
#define isnan __builtin_isnan
#define isfinite __builtin_isfinite
#define isinf __builtin_isinf
#define PRId64 "lld"
#define PRIu64 "llu"
#define PRIx64 "llx"
#ifdef _MSC_VER
typedef struct _C_double_complex {
  double _Val[2];
} _Dcomplex;
typedef struct _C_float_complex {
  float _Val[2];
} _Fcomplex;
typedef struct _C_ldouble_complex {
  long double _Val[2];
} _Lcomplex;
typedef struct _C_double_complex _C_double_complex;
typedef struct _C_float_complex _C_float_complex;
typedef struct _C_ldouble_complex _C_ldouble_complex;
unsigned long long __readgsqword(unsigned long);
#else
#define complex _Complex
#define I 1.0fi
#endif
