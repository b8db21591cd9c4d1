#pragma once
#include <stddef.h>
#include <stdint.h>

// mixed[row] = Σ_k weights[row, k] * outputs[slots[row, k]], slots below 0 passed over.
// outputs: [*, columns], weights and slots: [rows, choices], mixed: [rows, columns].
void ck_mix(const float *outputs, const float *weights, const int32_t *slots, float *mixed,
            size_t rows, size_t choices, size_t columns);
// d_outputs[slots[row, k]] = weights[row, k] * d_mixed[row] (each slot is used by one row at most)
// d_weights[row, k] = d_mixed[row] · outputs[slots[row, k]]; either target may be null.
void ck_mix_backward(const float *d_mixed, const float *outputs, const float *weights,
                     const int32_t *slots, float *d_outputs, float *d_weights, size_t rows,
                     size_t choices, size_t columns);
// sums[row] = the sum of x[positions[i]] for i from starts[row] up to starts[row + 1]; zero if none.
// starts: [rows + 1]. Each row of x, `stride` floats from the next, has `fields` positions of
// `columns` floats.
void ck_sum_gathered_rows(const float *x, const int32_t *starts, const int32_t *positions,
                          float *sums, size_t rows, size_t fields, size_t columns, size_t stride);
// sums[row] = Σ x[p] · scale · factors[p], element by element, over p = positions[i] for i from
// starts[row] up to starts[row + 1]. starts: [rows + 1], x and factors: [*, columns].
void ck_sum_gathered_products(const float *x, const float *factors, float scale,
                              const int32_t *starts, const int32_t *positions, float *sums,
                              size_t rows, size_t columns);
