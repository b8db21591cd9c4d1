#include "dispatch.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static int32_t best_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return 2;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 1;
#endif
  return 0;
}

static _Atomic int32_t level = -1;

static _Thread_local int32_t thread_level = -1;

static int32_t at_most_best(int32_t wanted) {
  int32_t best = best_level();
  return wanted < best ? wanted : best;
}

void ck_set_level(int32_t wanted) { atomic_store(&level, at_most_best(wanted)); }

void ck_set_thread_level(int32_t wanted) { thread_level = at_most_best(wanted); }

int32_t ck_level(void) {
  if (thread_level >= 0) return thread_level;
  int32_t known = atomic_load_explicit(&level, memory_order_relaxed);
  if (known >= 0) return known;
  int32_t wanted = 2;
  const char *text = getenv("AESM2_KERNELS");
  if (text && strcmp(text, "avx2") == 0) wanted = 1;
  if (text && strcmp(text, "portable") == 0) wanted = 0;
  ck_set_level(wanted);
  return atomic_load_explicit(&level, memory_order_relaxed);
}
