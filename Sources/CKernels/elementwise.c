#include "elementwise.h"

#include "elementary.h"

CK_KERNEL(void, ck_add, (const float *a, const float *b, float *c, size_t n), (a, b, c, n)) {
  for (size_t i = 0; i < n; i++) c[i] = a[i] + b[i];
}

CK_KERNEL(void, ck_add_scaled, (const float *x, float factor, float *y, size_t n),
          (x, factor, y, n)) {
  for (size_t i = 0; i < n; i++) y[i] += factor * x[i];
}

CK_KERNEL(void, ck_multiply, (const float *a, const float *b, float *c, size_t n), (a, b, c, n)) {
  for (size_t i = 0; i < n; i++) c[i] = a[i] * b[i];
}

CK_KERNEL(void, ck_scale, (const float *x, float factor, float *y, size_t n), (x, factor, y, n)) {
  for (size_t i = 0; i < n; i++) y[i] = factor * x[i];
}

CK_INLINE float activate(float x, int32_t activation) {
  switch (activation) {
    case 1: return x < 0 ? 0 : x;  // NaN stays NaN
    case 2: return x > 0 ? x : 0.01f * x;
    case 3: return ck_tanh(x);
    case 4: return ck_sigmoid(x);
    default: return x;
  }
}

CK_INLINE void bias_activation_rows(float *y, const float *bias, size_t rows, size_t columns,
                                    int32_t activation) {
  for (size_t row = 0; row < rows; row++) {
    float *values = y + row * columns;
    if (bias) {
      for (size_t i = 0; i < columns; i++) values[i] = activate(values[i] + bias[i], activation);
    } else {
      for (size_t i = 0; i < columns; i++) values[i] = activate(values[i], activation);
    }
  }
}

CK_KERNEL(void, ck_bias_activation,
          (float *y, const float *bias, size_t rows, size_t columns, int32_t activation),
          (y, bias, rows, columns, activation)) {
  switch (activation) {
    case 1: bias_activation_rows(y, bias, rows, columns, 1); break;
    case 2: bias_activation_rows(y, bias, rows, columns, 2); break;
    case 3: bias_activation_rows(y, bias, rows, columns, 3); break;
    case 4: bias_activation_rows(y, bias, rows, columns, 4); break;
    default:
      if (bias) bias_activation_rows(y, bias, rows, columns, 0);
  }
}

CK_KERNEL(void, ck_activation_backward,
          (const float *dy, const float *y, float *dx, size_t n, int32_t activation),
          (dy, y, dx, n, activation)) {
  switch (activation) {
    case 1:
      for (size_t i = 0; i < n; i++) dx[i] = y[i] > 0 ? dy[i] : 0;
      break;
    case 2:
      for (size_t i = 0; i < n; i++) dx[i] = y[i] > 0 ? dy[i] : 0.01f * dy[i];
      break;
    case 3:
      for (size_t i = 0; i < n; i++) dx[i] = dy[i] * (1 - y[i] * y[i]);
      break;
    case 4:
      for (size_t i = 0; i < n; i++) dx[i] = dy[i] * y[i] * (1 - y[i]);
      break;
    default:
      for (size_t i = 0; i < n; i++) dx[i] = dy[i];
  }
}

CK_KERNEL(void, ck_column_sums, (const float *x, float *sums, size_t rows, size_t columns),
          (x, sums, rows, columns)) {
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < columns; i++) sums[i] += x[row * columns + i];
}

CK_INLINE float dot_block(const float *a, const float *b, size_t n) {
#pragma clang fp reassociate(on)
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

CK_KERNEL(double, ck_dot, (const float *a, const float *b, size_t n), (a, b, n)) {
  double sum = 0;
  for (size_t start = 0; start < n; start += 1024) {
    size_t length = n - start < 1024 ? n - start : 1024;
    sum += dot_block(a + start, b + start, length);
  }
  return sum;
}
