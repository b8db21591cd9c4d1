#pragma once
#include <stddef.h>
#include <stdint.h>

// The instruction set that the kernels use: 0 portable, 1 AVX2 with FMA, 2 AVX-512.
// Chosen at first use from what the processor has; the environment variable AESM2_KERNELS
// (portable, avx2, avx512) lowers it. Every level computes the same formulas; last bits differ.
int32_t ck_level(void);

// Sets the level, at most to what the processor has.
void ck_set_level(int32_t level);

// Sets the level of the calling thread alone, at most to what the processor has; a negative level
// lets the thread follow the others again. For tests, which run beside each other.
void ck_set_thread_level(int32_t level);
