#include "random.h"

#include "internal/elementary.h"
#include "internal/hash.h"

// sin(2πt) for t in [-1/2, 1/2).
CK_INLINE float sine_of_turn(float t) {
  float folded = t > 0.25f ? 0.5f - t : (t < -0.25f ? -0.5f - t : t);
  float x = folded * 6.28318530717958648f;
  float z = x * x;
  float p = -2.3889859e-8f;
  p = p * z + 2.7525562e-6f;
  p = p * z - 1.9840874e-4f;
  p = p * z + 8.3333310e-3f;
  p = p * z - 1.6666667e-1f;
  return x + x * z * p;
}

CK_KERNEL(void, ck_normal,
          (uint64_t key, uint64_t first, float deviation, float *values, size_t n),
          (key, first, deviation, values, n)) {
  for (size_t i = 0; i < n; i++) {
    uint64_t bits = ck_hash(key, first + i);
    float u = ((float)(int32_t)(bits >> 40) + 0.5f) * 5.9604644775390625e-8f;
    float t = (float)(int32_t)((bits >> 8) & 0xffffff) * 5.9604644775390625e-8f - 0.5f;
    float radius = __builtin_elementwise_sqrt(-2.0f * ck_log(u));
    values[i] = deviation * radius * sine_of_turn(t);
  }
}
