#include "softmax.h"

#include <math.h>

#include "internal/elementary.h"

CK_KERNEL(void, ck_softmax,
          (const float *x, const uint8_t *mask, float *y, size_t rows, size_t columns),
          (x, mask, y, rows, columns)) {
  for (size_t row = 0; row < rows; row++) {
    const float *in = x + row * columns;
    float *out = y + row * columns;
    const uint8_t *kept = mask ? mask + row * columns : 0;
    float top = -INFINITY;
    for (size_t i = 0; i < columns; i++)
      if ((!kept || kept[i]) && in[i] > top) top = in[i];
    float sum = 0;
    for (size_t i = 0; i < columns; i++) {
      out[i] = !kept || kept[i] ? ck_exp(in[i] - top) : 0.0f;
      sum += out[i];
    }
    if (sum == 0) continue;
    float scale = 1 / sum;
    for (size_t i = 0; i < columns; i++) out[i] = !kept || kept[i] ? out[i] * scale : 0.0f;
  }
}

CK_KERNEL(void, ck_softmax_backward,
          (const float *dy, const float *y, float *dx, size_t rows, size_t columns),
          (dy, y, dx, rows, columns)) {
  for (size_t row = 0; row < rows; row++) {
    size_t base = row * columns;
    float inner = 0;
    for (size_t i = 0; i < columns; i++) inner += y[base + i] * dy[base + i];
    for (size_t i = 0; i < columns; i++) dx[base + i] = y[base + i] * (dy[base + i] - inner);
  }
}

// Softmax over a middle axis works on this many neighboring columns at once.
enum { lanes = 64 };

CK_INLINE void log_softmax_lanes(const float *x, float *y, size_t axis, size_t stride,
                                 size_t width) {
  float top[lanes], sum[lanes];
  for (size_t k = 0; k < width; k++) top[k] = x[k];
  for (size_t i = 1; i < axis; i++)
    for (size_t k = 0; k < width; k++)
      top[k] = x[i * stride + k] > top[k] ? x[i * stride + k] : top[k];
  for (size_t k = 0; k < width; k++) sum[k] = 0;
  for (size_t i = 0; i < axis; i++)
    for (size_t k = 0; k < width; k++) sum[k] += ck_exp(x[i * stride + k] - top[k]);
  for (size_t k = 0; k < width; k++) sum[k] = sum[k] == sum[k] ? ck_log(sum[k]) : sum[k];
  for (size_t i = 0; i < axis; i++)
    for (size_t k = 0; k < width; k++)
      y[i * stride + k] = (x[i * stride + k] - top[k]) - sum[k];
}

CK_KERNEL(void, ck_log_softmax_axis,
          (const float *x, float *y, size_t outer, size_t axis, size_t inner),
          (x, y, outer, axis, inner)) {
  for (size_t block = 0; block < outer; block++)
    for (size_t start = 0; start < inner; start += lanes) {
      size_t at = block * axis * inner + start;
      size_t width = inner - start < lanes ? inner - start : lanes;
      log_softmax_lanes(x + at, y + at, axis, inner, width);
    }
}

CK_INLINE void log_softmax_lanes_backward(const float *dy, const float *y, float *dx, size_t axis,
                                          size_t stride, size_t width) {
  float sum[lanes];
  for (size_t k = 0; k < width; k++) sum[k] = 0;
  for (size_t i = 0; i < axis; i++)
    for (size_t k = 0; k < width; k++) sum[k] += dy[i * stride + k];
  for (size_t i = 0; i < axis; i++) {
    CK_INDEPENDENT
    for (size_t k = 0; k < width; k++) {
      size_t at = i * stride + k;
      dx[at] = dy[at] - ck_exp(y[at]) * sum[k];
    }
  }
}

CK_KERNEL(void, ck_log_softmax_axis_backward,
          (const float *dy, const float *y, float *dx, size_t outer, size_t axis, size_t inner),
          (dy, y, dx, outer, axis, inner)) {
  for (size_t block = 0; block < outer; block++)
    for (size_t start = 0; start < inner; start += lanes) {
      size_t at = block * axis * inner + start;
      size_t width = inner - start < lanes ? inner - start : lanes;
      log_softmax_lanes_backward(dy + at, y + at, dx + at, axis, inner, width);
    }
}

double ck_sigmoid_cross_entropy(const float *logits, const float *labels, const float *weights,
                                size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    if (weights[i] == 0) continue;
    float z = logits[i];
    float loss = (z > 0 ? z : 0) - z * labels[i] + log1pf(expf(-fabsf(z)));
    sum += (double)weights[i] * loss;
  }
  return sum;
}

CK_KERNEL(void, ck_sigmoid_cross_entropy_backward,
          (const float *logits, const float *labels, const float *weights, float scale, float *dz,
           size_t n),
          (logits, labels, weights, scale, dz, n)) {
  for (size_t i = 0; i < n; i++)
    dz[i] = weights[i] == 0 ? 0 : scale * weights[i] * (ck_sigmoid(logits[i]) - labels[i]);
}
