#include "bfloat16.h"

#include <string.h>

#include "kernel.h"

// Whole numbers alone, and not the processor's own instruction, which takes subnormal numbers for
// zeros: memory is the limit either way.
CK_KERNEL(void, ck_round_to_bfloat16, (const float *x, uint16_t *rounded, size_t n),
          (x, rounded, n)) {
  for (size_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    uint32_t nearest = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    uint32_t quiet = (bits >> 16) | 0x40;
    int is_nan = (bits & 0x7fffffff) > 0x7f800000;
    rounded[i] = (uint16_t)(is_nan ? quiet : nearest);
  }
}
