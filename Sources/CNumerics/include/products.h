#pragma once
#include <stddef.h>

// c[m, n] = a[m, k] b[k, n] on row-major matrices whose rows lie lda, ldb and ldc floats apart.
//
// An element of c depends on its row of a and its column of b alone, to the last bit: not on the
// number of rows, on its place among them or on the rows beside it. It is 0 plus its k products,
// added in order, each by a fused multiply-add where the processor has one. With n = 1, ldb = 1 and
// k >= 32 it is 16 such sums, of every 16th product, that are then added in pairs.
//
// AVX-512 and AVX2 give the same bits; portable code rounds each product and so does not.
void ck_multiply_rows(const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc,
                      size_t m, size_t n, size_t k);
