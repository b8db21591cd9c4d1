#pragma once
#include <stddef.h>

// Mean and biased variance of `width` columns of x, whose rows are `stride` floats apart.
void ck_column_moments(const float *x, size_t rows, size_t stride, size_t width, float *mean,
                       float *variance);
// y = (x - mean) * scale * inverse + shift, column-wise; scale and shift may be null.
void ck_normalize_columns(const float *x, const float *mean, const float *inverse,
                          const float *scale, const float *shift, float *y, size_t rows,
                          size_t stride, size_t width);
// The gradient through the batch's own moments:
// d_shift = Σ dy, d_scale = Σ dy·x̂, dx = scale·inverse·(dy - d_shift/rows - x̂·d_scale/rows).
void ck_batch_norm_backward(const float *dy, const float *x, const float *mean,
                            const float *inverse, const float *scale, float *dx, float *d_scale,
                            float *d_shift, size_t rows, size_t stride, size_t width);
