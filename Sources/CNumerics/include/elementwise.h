#pragma once
#include <stddef.h>
#include <stdint.h>

// c = a + b; c may be a.
void ck_add(const float *a, const float *b, float *c, size_t n);
// c = a * b
void ck_multiply(const float *a, const float *b, float *c, size_t n);
// y = factor * x
void ck_scale(const float *x, float factor, float *y, size_t n);
// y = x σ(x)
void ck_swish(const float *x, float *y, size_t n);
// dx = dy · (σ(x) + x σ(x) (1 - σ(x)))
void ck_swish_backward(const float *dy, const float *x, float *dx, size_t n);
// Σ a·b, accumulated in double in blocks of 1024.
double ck_dot(const float *a, const float *b, size_t n);
