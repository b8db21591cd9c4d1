#pragma once
#include <stddef.h>
#include <stdint.h>

// What follows a matrix product or a normalization, element by element: dropout(f(x)).
typedef struct {
  // 0 identity, 1 ReLU, 2 leaky ReLU with slope 0.01, 3 tanh, 4 sigmoid. All pass NaN on.
  int32_t activation;
  // The probability with which an element is kept, and then divided by it; 1 keeps all.
  float keep;
  // Decides, together with the number of an element in its tensor, whether it is kept.
  uint64_t key;
} ck_epilogue;

// y = dropout(f(y + bias)) for `rows` rows of `width` columns, `stride` floats apart. y[0] is
// element number `first` of a tensor whose rows have `stride` columns; bias may be null.
void ck_epilogue_forward(float *y, const float *bias, size_t rows, size_t stride, size_t width,
                         uint64_t first, const ck_epilogue *epilogue);
// dx = dy times the derivative of the epilogue, given its result y; dx may be dy.
// sums[width] += the sum of dx over the rows, unless it is null.
void ck_epilogue_backward(const float *dy, const float *y, float *dx, float *sums, size_t rows,
                          size_t stride, size_t width, uint64_t first,
                          const ck_epilogue *epilogue);
