#pragma once
#include <stddef.h>
#include <stdint.h>

// Softmax of every row of x[rows, columns]; where mask is not null, over the columns with a
// non-zero mask, the others getting exactly 0. A row without any column gets zeros; NaN in a column
// that takes part makes all of them NaN.
void ck_softmax(const float *x, const uint8_t *mask, float *y, size_t rows, size_t columns);
// dx = y * (dy - Σ y·dy) for every row.
void ck_softmax_backward(const float *dy, const float *y, float *dx, size_t rows, size_t columns);
// Log-softmax over the middle axis of x[outer, axis, inner]. NaN spreads over its axis.
void ck_log_softmax_axis(const float *x, float *y, size_t outer, size_t axis, size_t inner);
// dx = dy - exp(y) * Σ dy over the middle axis.
void ck_log_softmax_axis_backward(const float *dy, const float *y, float *dx, size_t outer,
                                  size_t axis, size_t inner);
// loss[i] = weights[i] * (max(z,0) - z*label + log(1 + exp(-|z|))), summed in double.
double ck_sigmoid_cross_entropy(const float *logits, const float *labels, const float *weights,
                                size_t n);
// dz = scale * weights * (sigmoid(z) - label)
void ck_sigmoid_cross_entropy_backward(const float *logits, const float *labels,
                                       const float *weights, float scale, float *dz, size_t n);
