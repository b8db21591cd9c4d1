#pragma once
#include <stddef.h>
#include <stdint.h>

// The i-th value is a hash of (key, first + i): blocks can be filled in any order.

// mask[i] is scale with probability keep, else 0.
void ck_dropout_mask(uint64_t key, uint64_t first, float keep, float scale, float *mask, size_t n);
// values[i] is a standard normal number times deviation (Box-Muller on 24-bit uniforms, |z| < 5.9).
void ck_normal(uint64_t key, uint64_t first, float deviation, float *values, size_t n);
