#pragma once
#include "dispatch.h"

// How often some bytes stand in a text.
typedef struct {
  size_t newlines;
  size_t separators;
  size_t quotes;
} ck_text_counts;

// Counts newlines, separators and quotes.
ck_text_counts ck_text_count(const uint8_t *text, size_t size, uint8_t separator);

// Finds the cells of a text without quotes: cell i is text[starts[i]] up to text[ends[i]], which is
// a separator, a newline, or the end of the text. Returns the number of cells.
//
// starts and ends need room for eight cells more than there are separators and newlines.
size_t ck_text_cells(const uint8_t *text, size_t size, uint8_t separator, uint32_t *starts,
                     uint32_t *ends);

// Reads every stride-th cell as a decimal number, exactly rounded; an empty cell gives NaN.
//
// Reads cells of up to eight characters after the sign, digits and at most one point. others[i]
// is 1 for the rest, whose value is not set; returns how many those are. Reads up to 8 bytes
// before each cell, whatever they are.
size_t ck_text_numbers(const uint8_t *text, const uint32_t *starts, const uint32_t *ends,
                       size_t stride, size_t count, double *values, uint8_t *others);
