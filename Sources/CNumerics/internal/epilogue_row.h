#pragma once
#include "elementary.h"
#include "epilogue.h"
#include "hash.h"

// The epilogue of one row: inlined into every kernel that ends with one.

CK_INLINE float ck_activate(float x, int32_t activation) {
  switch (activation) {
    case 1: return x < 0 ? 0 : x;  // NaN stays NaN
    case 2: return x > 0 ? x : 0.01f * x;
    case 3: return ck_tanh(x);
    case 4: return ck_sigmoid(x);
    default: return x;
  }
}

// f'(x), given y = f(x).
CK_INLINE float ck_derivative(float y, int32_t activation) {
  switch (activation) {
    case 1: return y > 0 ? 1.0f : 0.0f;
    case 2: return y > 0 ? 1.0f : 0.01f;
    case 3: return 1 - y * y;
    case 4: return y * (1 - y);
    default: return 1;
  }
}

CK_INLINE uint32_t ck_keep_threshold(float keep) { return (uint32_t)(keep * 16777216.0f); }

CK_INLINE int32_t ck_keeps(uint64_t key, uint64_t index, uint32_t threshold) {
  return (uint32_t)(ck_hash(key, index) >> 40) < threshold;
}

CK_INLINE void ck_activate_row(float *y, size_t n, int32_t activation) {
  for (size_t i = 0; i < n; i++) y[i] = ck_activate(y[i], activation);
}

CK_INLINE void ck_epilogue_row(float *y, size_t n, uint64_t first, const ck_epilogue *epilogue) {
  switch (epilogue->activation) {
    case 1: ck_activate_row(y, n, 1); break;
    case 2: ck_activate_row(y, n, 2); break;
    case 3: ck_activate_row(y, n, 3); break;
    case 4: ck_activate_row(y, n, 4); break;
    default: break;
  }
  if (epilogue->keep == 1) return;
  uint64_t key = epilogue->key;
  uint32_t threshold = ck_keep_threshold(epilogue->keep);
  float scale = 1 / epilogue->keep;
  for (size_t i = 0; i < n; i++)
    y[i] = ck_keeps(key, first + i, threshold) ? scale * y[i] : 0;
}

CK_INLINE void ck_derive_row(const float *dy, const float *y, float *dx, size_t n, float keep,
                             float scale, int32_t activation) {
  CK_INDEPENDENT
  for (size_t i = 0; i < n; i++)
    dx[i] = scale * dy[i] * ck_derivative(keep * y[i], activation);
}

CK_INLINE void ck_epilogue_row_backward(const float *dy, const float *y, float *dx, size_t n,
                                        uint64_t first, const ck_epilogue *epilogue) {
  float keep = epilogue->keep;
  float scale = 1 / keep;
  switch (epilogue->activation) {
    case 1:  // a dropped element is zero, where the derivative is zero anyway
      CK_INDEPENDENT
      for (size_t i = 0; i < n; i++) dx[i] = y[i] > 0 ? scale * dy[i] : 0;
      return;
    case 2: ck_derive_row(dy, y, dx, n, keep, scale, 2); break;
    case 3: ck_derive_row(dy, y, dx, n, keep, scale, 3); break;
    case 4: ck_derive_row(dy, y, dx, n, keep, scale, 4); break;
    default: ck_derive_row(dy, y, dx, n, keep, scale, 0);
  }
  if (keep == 1) return;
  uint64_t key = epilogue->key;
  uint32_t threshold = ck_keep_threshold(keep);
  for (size_t i = 0; i < n; i++) dx[i] = ck_keeps(key, first + i, threshold) ? dx[i] : 0;
}
