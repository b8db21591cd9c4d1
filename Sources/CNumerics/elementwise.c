#include "elementwise.h"

#include "internal/elementary.h"
#include "kernel.h"

CK_KERNEL(void, ck_add, (const float *a, const float *b, float *c, size_t n), (a, b, c, n)) {
  CK_INDEPENDENT
  for (size_t i = 0; i < n; i++) c[i] = a[i] + b[i];
}

CK_KERNEL(void, ck_multiply, (const float *a, const float *b, float *c, size_t n), (a, b, c, n)) {
  for (size_t i = 0; i < n; i++) c[i] = a[i] * b[i];
}

CK_KERNEL(void, ck_scale, (const float *x, float factor, float *y, size_t n), (x, factor, y, n)) {
  for (size_t i = 0; i < n; i++) y[i] = factor * x[i];
}

CK_KERNEL(void, ck_swish, (const float *x, float *y, size_t n), (x, y, n)) {
  for (size_t i = 0; i < n; i++) y[i] = x[i] * ck_sigmoid(x[i]);
}

CK_KERNEL(void, ck_swish_backward, (const float *dy, const float *x, float *dx, size_t n),
          (dy, x, dx, n)) {
#pragma clang fp contract(off)
  for (size_t i = 0; i < n; i++) {
    float s = ck_sigmoid(x[i]);
    dx[i] = dy[i] * s + dy[i] * x[i] * (s * (1 - s));
  }
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
