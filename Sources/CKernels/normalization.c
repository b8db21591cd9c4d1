#include "normalization.h"

#include "kernel.h"

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
           const float *shift, float *y, size_t rows, size_t stride, size_t width),
          (x, mean, inverse, scale, shift, y, rows, stride, width)) {
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < width; i++) {
      float value = (x[row * stride + i] - mean[i]) * inverse[i];
      if (scale) value *= scale[i];
      if (shift) value += shift[i];
      y[row * stride + i] = value;
    }
}

CK_KERNEL(void, ck_batch_norm_backward,
          (const float *dy, const float *x, const float *mean, const float *inverse,
           const float *scale, float *dx, float *d_scale, float *d_shift, size_t rows,
           size_t stride, size_t width),
          (dy, x, mean, inverse, scale, dx, d_scale, d_shift, rows, stride, width)) {
  for (size_t i = 0; i < width; i++) d_scale[i] = d_shift[i] = 0;
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < width; i++) {
      float g = dy[row * stride + i];
      d_shift[i] += g;
      d_scale[i] += g * (x[row * stride + i] - mean[i]) * inverse[i];
    }
  if (rows == 0) return;
  float share = 1.0f / (float)rows;
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < width; i++) {
      float normalized = (x[row * stride + i] - mean[i]) * inverse[i];
      float centred = dy[row * stride + i] - share * (d_shift[i] + normalized * d_scale[i]);
      dx[row * stride + i] = scale[i] * inverse[i] * centred;
    }
}
