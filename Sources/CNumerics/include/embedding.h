#pragma once
#include <stddef.h>
#include <stdint.h>

// out[position] = table[ids[position]] for rows of `columns` floats; an id below 0 gives zeros.
void ck_gather_rows(const float *table, const int32_t *ids, float *out, size_t count,
                    size_t columns);
// out[position] = table[ids[position]] · scale · factors[position], element by element; ids are not negative.
void ck_gather_rows_times(const float *table, const int32_t *ids, const float *factors, float scale,
                          float *out, size_t count, size_t columns);
// As ck_gather_rows, for `rows` rows of `fields` ids, whose table rows lie side by side from out[row * stride].
void ck_gather_fields(const float *table, const int32_t *ids, float *out, size_t rows,
                      size_t fields, size_t columns, size_t stride);
// sums[slots[position]] += gradient[position]; a slot below 0 is passed over.
void ck_scatter_add_rows(const float *gradient, const int32_t *slots, float *sums, size_t count,
                         size_t columns);
// out[row] = mean (or sum) of table[ids[offsets[row] ..< offsets[row + 1]]]; zeros for an empty row.
void ck_pool_rows(const float *table, const int32_t *ids, const int32_t *offsets, int32_t mean,
                  float *out, size_t rows, size_t columns);
