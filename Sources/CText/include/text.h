#pragma once
#include "dispatch.h"

// How often some bytes stand in a text.
typedef struct {
  size_t newlines;
  size_t separators;
  size_t quotes;
  int is_ascii;
} ck_text_counts;

// Counts newlines, separators and quotes, and says whether all bytes are ASCII.
ck_text_counts ck_text_count(const uint8_t *text, size_t size, uint8_t separator);

// Finds the cells of a text without quotes: cell i is text[starts[i]] up to text[ends[i]], which is
// a separator, a newline, or the end of the text. Returns the number of cells.
//
// starts and ends need room for eight cells more than there are separators and newlines.
size_t ck_text_cells(const uint8_t *text, size_t size, uint8_t separator, uint32_t *starts,
                     uint32_t *ends);

// What is said of a cell that has not been read as a number.
enum { CK_NO_DECIMAL = 1, CK_EMPTY = 2 };

// Reads every stride-th cell as a decimal number, correctly rounded; an empty cell gives NaN.
//
// others[i] is 0, or CK_EMPTY, or CK_NO_DECIMAL where ck_decimal does not read the cell either and the
// value is not set; returns how many are not 0. Reads up to 24 bytes before each cell, whatever they
// are.
size_t ck_text_numbers(const uint8_t *text, const uint32_t *starts, const uint32_t *ends,
                       size_t stride, size_t count, double *values, uint8_t *others);

// The same for some columns of `count` rows of `stride` cells, rounded to a double, then to a float:
// values and others are [count, width]. A number beyond the range of floats is CK_NO_DECIMAL too.
size_t ck_text_rows(const uint8_t *text, const uint32_t *starts, const uint32_t *ends,
                    size_t stride, size_t count, const uint32_t *columns, size_t width,
                    float *values, uint8_t *others);
