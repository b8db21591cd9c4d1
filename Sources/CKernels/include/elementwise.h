#pragma once
#include <stddef.h>
#include <stdint.h>

// Activation codes: 0 identity, 1 ReLU, 2 leaky ReLU with slope 0.01, 3 tanh, 4 sigmoid.
// All of them pass NaN on.

// c = a + b
void ck_add(const float *a, const float *b, float *c, size_t n);
// y += factor * x
void ck_add_scaled(const float *x, float factor, float *y, size_t n);
// c = a * b
void ck_multiply(const float *a, const float *b, float *c, size_t n);
// y = factor * x
void ck_scale(const float *x, float factor, float *y, size_t n);
// y[rows, columns] = activation(y + bias[columns]); bias may be null.
void ck_bias_activation(float *y, const float *bias, size_t rows, size_t columns,
                        int32_t activation);
// dx = dy * activation'(x), given y = activation(x).
void ck_activation_backward(const float *dy, const float *y, float *dx, size_t n,
                            int32_t activation);
// sums[columns] += the sum over the rows of x[rows, columns].
void ck_column_sums(const float *x, float *sums, size_t rows, size_t columns);
// Σ a·b, accumulated in double in blocks of 1024.
double ck_dot(const float *a, const float *b, size_t n);
