#include "internal/epilogue_row.h"

CK_KERNEL(void, ck_epilogue_forward,
          (float *y, const float *bias, size_t rows, size_t stride, size_t width, uint64_t first,
           const ck_epilogue *epilogue),
          (y, bias, rows, stride, width, first, epilogue)) {
  for (size_t row = 0; row < rows; row++) {
    float *values = y + row * stride;
    if (bias)
      for (size_t i = 0; i < width; i++) values[i] += bias[i];
    ck_epilogue_row(values, width, first + row * stride, epilogue);
  }
}

CK_KERNEL(void, ck_epilogue_backward,
          (const float *dy, const float *y, float *dx, float *sums, size_t rows, size_t stride,
           size_t width, uint64_t first, const ck_epilogue *epilogue),
          (dy, y, dx, sums, rows, stride, width, first, epilogue)) {
  for (size_t row = 0; row < rows; row++) {
    size_t at = row * stride;
    ck_epilogue_row_backward(dy + at, y + at, dx + at, width, first + at, epilogue);
    if (sums)
      for (size_t i = 0; i < width; i++) sums[i] += dx[at + i];
  }
}
