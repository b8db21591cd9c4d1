#include "moments.h"

#include "kernel.h"

#pragma STDC FP_CONTRACT OFF

typedef double doubles8 __attribute__((vector_size(64)));
typedef int64_t masks8 __attribute__((vector_size(64)));

// Where the mask is set, a, else b.
#define CK_CHOOSE(mask, a, b) ((doubles8)(((mask) & (masks8)(a)) | (~(mask) & (masks8)(b))))

#define CK_LOAD(vector, values) __builtin_memcpy(&vector, values, sizeof vector)
#define CK_STORE(values, vector) __builtin_memcpy(values, &vector, sizeof vector)

CK_KERNEL(void, ck_moments_add,
          (const double *const columns[8], size_t n, ck_moments8 *moments),
          (columns, n, moments)) {
  doubles8 weight, mean, squares, minimum, maximum;
  CK_LOAD(weight, moments->weight);
  CK_LOAD(mean, moments->mean);
  CK_LOAD(squares, moments->squares);
  CK_LOAD(minimum, moments->minimum);
  CK_LOAD(maximum, moments->maximum);
  const doubles8 ones = {1, 1, 1, 1, 1, 1, 1, 1};
  for (size_t i = 0; i < n; i++) {
    doubles8 value = {columns[0][i], columns[1][i], columns[2][i], columns[3][i],
                      columns[4][i], columns[5][i], columns[6][i], columns[7][i]};
    masks8 counts = value == value;
    weight += (doubles8)(counts & (masks8)ones);
    doubles8 difference = value - mean;
    doubles8 moved = mean + difference / weight;
    doubles8 spread = squares + difference * (value - moved);
    mean = CK_CHOOSE(counts, moved, mean);
    squares = CK_CHOOSE(counts, spread, squares);
    minimum = CK_CHOOSE(value < minimum, value, minimum);
    maximum = CK_CHOOSE(value >= maximum, value, maximum);
  }
  CK_STORE(moments->weight, weight);
  CK_STORE(moments->mean, mean);
  CK_STORE(moments->squares, squares);
  CK_STORE(moments->minimum, minimum);
  CK_STORE(moments->maximum, maximum);
}
