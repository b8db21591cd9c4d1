#include "mixture.h"

#include "kernel.h"

CK_KERNEL(void, ck_mix,
          (const float *outputs, const float *weights, const int32_t *slots, float *mixed,
           size_t rows, size_t choices, size_t columns),
          (outputs, weights, slots, mixed, rows, choices, columns)) {
  for (size_t row = 0; row < rows; row++) {
    float *target = mixed + row * columns;
    for (size_t i = 0; i < columns; i++) target[i] = 0;
    for (size_t k = 0; k < choices; k++) {
      int32_t slot = slots[row * choices + k];
      if (slot < 0) continue;
      float weight = weights[row * choices + k];
      const float *source = outputs + (size_t)slot * columns;
      for (size_t i = 0; i < columns; i++) target[i] += weight * source[i];
    }
  }
}

CK_KERNEL(void, ck_sum_gathered_rows,
          (const float *x, const int32_t *starts, const int32_t *positions, float *sums,
           size_t rows, size_t fields, size_t columns, size_t stride),
          (x, starts, positions, sums, rows, fields, columns, stride)) {
  for (size_t row = 0; row < rows; row++) {
    float *target = sums + row * columns;
    int32_t start = starts[row], end = starts[row + 1];
    if (start == end)
      for (size_t i = 0; i < columns; i++) target[i] = 0;
    for (int32_t at = start; at < end; at++) {
      uint32_t position = (uint32_t)positions[at], row_of_x = position / (uint32_t)fields;
      size_t field = position - row_of_x * (uint32_t)fields;
      const float *source = x + row_of_x * stride + field * columns;
      if (at == start)
        for (size_t i = 0; i < columns; i++) target[i] = source[i];
      else
        for (size_t i = 0; i < columns; i++) target[i] += source[i];
    }
  }
}

CK_KERNEL(void, ck_sum_gathered_products,
          (const float *x, const float *factors, float scale, const int32_t *starts,
           const int32_t *positions, float *sums, size_t rows, size_t columns),
          (x, factors, scale, starts, positions, sums, rows, columns)) {
#pragma clang fp contract(off)
  for (size_t row = 0; row < rows; row++) {
    float *target = sums + row * columns;
    for (size_t i = 0; i < columns; i++) target[i] = 0;
    for (int32_t at = starts[row]; at < starts[row + 1]; at++) {
      const float *source = x + (size_t)positions[at] * columns;
      const float *factor = factors + (size_t)positions[at] * columns;
      for (size_t i = 0; i < columns; i++) target[i] += source[i] * (scale * factor[i]);
    }
  }
}

CK_INLINE float dot(const float *a, const float *b, size_t n) {
#pragma clang fp reassociate(on)
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

CK_KERNEL(void, ck_mix_backward,
          (const float *d_mixed, const float *outputs, const float *weights, const int32_t *slots,
           float *d_outputs, float *d_weights, size_t rows, size_t choices, size_t columns),
          (d_mixed, outputs, weights, slots, d_outputs, d_weights, rows, choices, columns)) {
  for (size_t row = 0; row < rows; row++) {
    const float *gradient = d_mixed + row * columns;
    for (size_t k = 0; k < choices; k++) {
      int32_t slot = slots[row * choices + k];
      if (d_weights)
        d_weights[row * choices + k] =
            slot < 0 ? 0 : dot(gradient, outputs + (size_t)slot * columns, columns);
      if (slot < 0 || !d_outputs) continue;
      float weight = weights[row * choices + k];
      float *target = d_outputs + (size_t)slot * columns;
      for (size_t i = 0; i < columns; i++) target[i] = weight * gradient[i];
    }
  }
}
