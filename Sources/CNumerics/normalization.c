#include "normalization.h"

#include "internal/epilogue_row.h"

CK_KERNEL(void, ck_column_moments,
          (const float *x, size_t rows, size_t stride, size_t width, float *mean,
           float *variance),
          (x, rows, stride, width, mean, variance)) {
  for (size_t i = 0; i < width; i++) mean[i] = variance[i] = 0;
  if (rows == 0) return;
  float scale = 1.0f / (float)rows;
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < width; i++) mean[i] += x[row * stride + i];
  for (size_t i = 0; i < width; i++) mean[i] *= scale;
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < width; i++) {
      float d = x[row * stride + i] - mean[i];
      variance[i] += d * d;
    }
  for (size_t i = 0; i < width; i++) variance[i] *= scale;
}

CK_KERNEL(void, ck_normalize_columns,
          (const float *x, const float *mean, const float *inverse, const float *scale,
           const float *shift, float *y, size_t rows, size_t stride, size_t width, uint64_t first,
           const ck_epilogue *epilogue),
          (x, mean, inverse, scale, shift, y, rows, stride, width, first, epilogue)) {
  for (size_t row = 0; row < rows; row++) {
    size_t at = row * stride;
    CK_INDEPENDENT
    for (size_t i = 0; i < width; i++)
      y[at + i] = (x[at + i] - mean[i]) * inverse[i] * scale[i] + shift[i];
    ck_epilogue_row(y + at, width, first + at, epilogue);
  }
}

// g = the gradient before the epilogue, d_shift = Σ g, d_scale = Σ g·x̂.
CK_INLINE void normalization_sums(const float *dy, const float *y, const float *x,
                                  const float *mean, const float *inverse, float *g,
                                  float *d_scale, float *d_shift, size_t rows, size_t stride,
                                  size_t width, uint64_t first, const ck_epilogue *epilogue) {
  for (size_t i = 0; i < width; i++) d_scale[i] = d_shift[i] = 0;
  for (size_t row = 0; row < rows; row++) {
    size_t at = row * stride;
    ck_epilogue_row_backward(dy + at, y + at, g + at, width, first + at, epilogue);
    for (size_t i = 0; i < width; i++) {
      d_shift[i] += g[at + i];
      d_scale[i] += g[at + i] * (x[at + i] - mean[i]) * inverse[i];
    }
  }
}

CK_KERNEL(void, ck_normalize_columns_backward,
          (const float *dy, const float *y, const float *x, const float *mean,
           const float *inverse, const float *scale, float *dx, float *d_scale, float *d_shift,
           size_t rows, size_t stride, size_t width, uint64_t first, const ck_epilogue *epilogue),
          (dy, y, x, mean, inverse, scale, dx, d_scale, d_shift, rows, stride, width, first,
           epilogue)) {
  normalization_sums(dy, y, x, mean, inverse, dx, d_scale, d_shift, rows, stride, width, first,
                     epilogue);
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < width; i++) dx[row * stride + i] *= scale[i] * inverse[i];
}

// Turns the gradient g of every row, whose sums are given, into that of x.
CK_INLINE void center_gradient(const float *x, const float *mean, const float *inverse,
                               const float *scale, float *g, const float *d_scale,
                               const float *d_shift, float share, size_t rows, size_t stride,
                               size_t width) {
  for (size_t row = 0; row < rows; row++) {
    size_t at = row * stride;
    for (size_t i = 0; i < width; i++) {
      float normalized = (x[at + i] - mean[i]) * inverse[i];
      float centered = g[at + i] - share * (d_shift[i] + normalized * d_scale[i]);
      g[at + i] = scale[i] * inverse[i] * centered;
    }
  }
}

CK_KERNEL(void, ck_batch_norm_backward,
          (const float *dy, const float *y, const float *x, const float *mean,
           const float *inverse, const float *scale, float *dx, float *d_scale, float *d_shift,
           size_t rows, size_t stride, size_t width, uint64_t first, const ck_epilogue *epilogue),
          (dy, y, x, mean, inverse, scale, dx, d_scale, d_shift, rows, stride, width, first,
           epilogue)) {
  normalization_sums(dy, y, x, mean, inverse, dx, d_scale, d_shift, rows, stride, width, first,
                     epilogue);
  if (rows == 0) return;
  center_gradient(x, mean, inverse, scale, dx, d_scale, d_shift, 1.0f / (float)rows, rows, stride,
                  width);
}

CK_KERNEL(void, ck_batch_norm_sums,
          (const float *dy, const float *y, const float *x, const float *mean,
           const float *inverse, float *g, float *d_scale, float *d_shift, size_t rows,
           size_t stride, size_t width, uint64_t first, const ck_epilogue *epilogue),
          (dy, y, x, mean, inverse, g, d_scale, d_shift, rows, stride, width, first, epilogue)) {
  normalization_sums(dy, y, x, mean, inverse, g, d_scale, d_shift, rows, stride, width, first,
                     epilogue);
}

CK_KERNEL(void, ck_batch_norm_center,
          (const float *x, const float *mean, const float *inverse, const float *scale, float *g,
           const float *d_scale, const float *d_shift, float share, size_t rows, size_t stride,
           size_t width),
          (x, mean, inverse, scale, g, d_scale, d_shift, share, rows, stride, width)) {
  center_gradient(x, mean, inverse, scale, g, d_scale, d_shift, share, rows, stride, width);
}
