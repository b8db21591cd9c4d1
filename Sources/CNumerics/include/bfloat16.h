#pragma once
#include <stddef.h>
#include <stdint.h>

// rounded[i] = the upper half of x[i]'s bits, rounded to nearest, ties to even. Subnormal numbers
// are rounded like others, what is beyond the largest finite number becomes infinite, and NaN stays
// NaN with its sign and upper payload, made quiet. Every level gives the same bits.
void ck_round_to_bfloat16(const float *x, uint16_t *rounded, size_t n);
