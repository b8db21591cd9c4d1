#pragma once
#include <stddef.h>
#include <stdint.h>

// values[i] is a standard normal number times deviation (Box-Muller on 24-bit uniforms, |z| < 5.9),
// made from a hash of (key, first + i): blocks can be filled in any order.
void ck_normal(uint64_t key, uint64_t first, float deviation, float *values, size_t n);
