#pragma once
#include "dispatch.h"

// Weight, mean, sum of squared differences and bounds of eight series of numbers.
typedef struct {
  double weight[8];
  double mean[8];
  double squares[8];
  double minimum[8];
  double maximum[8];
} ck_moments8;

// Adds n numbers to each series, one after the other (West 1979); NaN is left out.
//
// The bits of the result do not depend on the instruction set.
void ck_moments_add(const double *const columns[8], size_t n, ck_moments8 *moments);
