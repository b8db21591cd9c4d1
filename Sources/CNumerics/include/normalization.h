#pragma once
#include <stddef.h>
#include <stdint.h>

#include "epilogue.h"

// All work on `width` columns of `rows` rows that are `stride` floats apart; the first of these
// elements has the number `first` in its tensor.

// The mean and the biased variance of every column of x.
void ck_column_moments(const float *x, size_t rows, size_t stride, size_t width, float *mean,
                       float *variance);
// y = epilogue(x̂ · scale + shift) with x̂ = (x - mean) · inverse, column-wise; y may be x.
void ck_normalize_columns(const float *x, const float *mean, const float *inverse,
                          const float *scale, const float *shift, float *y, size_t rows,
                          size_t stride, size_t width, uint64_t first,
                          const ck_epilogue *epilogue);
// The gradient where mean and inverse are constants; dx may be dy. With g the gradient before the
// epilogue: d_shift = Σ g, d_scale = Σ g·x̂, dx = scale·inverse·g.
void ck_normalize_columns_backward(const float *dy, const float *y, const float *x,
                                   const float *mean, const float *inverse, const float *scale,
                                   float *dx, float *d_scale, float *d_shift, size_t rows,
                                   size_t stride, size_t width, uint64_t first,
                                   const ck_epilogue *epilogue);
// The gradient through the batch's own moments; dx may be dy. d_shift and d_scale as above,
// dx = scale·inverse·(g - d_shift/rows - x̂·d_scale/rows).
void ck_batch_norm_backward(const float *dy, const float *y, const float *x, const float *mean,
                            const float *inverse, const float *scale, float *dx, float *d_scale,
                            float *d_shift, size_t rows, size_t stride, size_t width,
                            uint64_t first, const ck_epilogue *epilogue);
// The two parts of ck_batch_norm_backward for rows of which some are elsewhere. The first sets g, which
// may be dy, and the sums over these rows; between them, the sums are added up; the second turns g into
// dx, with share = 1 / (number of all rows).
void ck_batch_norm_sums(const float *dy, const float *y, const float *x, const float *mean,
                        const float *inverse, float *g, float *d_scale, float *d_shift, size_t rows,
                        size_t stride, size_t width, uint64_t first, const ck_epilogue *epilogue);
void ck_batch_norm_center(const float *x, const float *mean, const float *inverse,
                          const float *scale, float *g, const float *d_scale, const float *d_shift,
                          float share, size_t rows, size_t stride, size_t width);
