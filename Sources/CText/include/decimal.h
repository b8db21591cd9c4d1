#pragma once
#include "dispatch.h"

// Reads a decimal number, correctly rounded: a sign, digits with at most one point, an exponent.
//
// Returns 0, and leaves the value alone, where the text is something else, has more than 19
// significant digits, or is one of the few whose rounding takes longer arithmetic.
int ck_decimal(const uint8_t *text, size_t size, double *value);
