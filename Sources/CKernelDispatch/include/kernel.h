#pragma once
#include <stddef.h>

#include "dispatch.h"

#define CK_INLINE static inline __attribute__((always_inline))

// Asks for a row that a loop will soon read or write.
CK_INLINE void ck_prefetch_row(const float *row, size_t columns) {
  for (size_t i = 0; i < columns; i += 16) __builtin_prefetch(row + i);
}

// Before a loop whose steps are independent, though its target may be one of its sources.
#define CK_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")

// Defines a kernel once and compiles it for every instruction set:
//
//   CK_KERNEL(void, ck_add, (const float *a, const float *b, float *c, size_t n), (a, b, c, n)) {
//     for (size_t i = 0; i < n; i++) c[i] = a[i] + b[i];
//   }
//
// Dispatch is by hand, at run time: resolvers that run before the runtime is up crash under
// thread sanitizers.
#if defined(__x86_64__)
#define CK_KERNEL(type, name, parameters, arguments)                                          \
  CK_INLINE type name##_body parameters;                                                      \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))) static type          \
      name##_avx512 parameters { return name##_body arguments; }                              \
  __attribute__((target("avx2,fma"))) static type name##_avx2 parameters {                    \
    return name##_body arguments;                                                             \
  }                                                                                           \
  static type name##_portable parameters { return name##_body arguments; }                    \
  type name parameters {                                                                      \
    switch (ck_level()) {                                                                     \
      case 2: return name##_avx512 arguments;                                                 \
      case 1: return name##_avx2 arguments;                                                   \
      default: return name##_portable arguments;                                              \
    }                                                                                         \
  }                                                                                           \
  CK_INLINE type name##_body parameters
#else
#define CK_KERNEL(type, name, parameters, arguments) type name parameters
#endif
