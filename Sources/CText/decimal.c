#include "decimal.h"

#include "internal/decimal_digits.h"

static int leading_zeros(const uint8_t *text, const uint8_t *end) {
  int count = 0;
  for (; text < end && (*text == '0' || *text == '.'); text++) count += *text == '0';
  return count;
}

int ck_decimal(const uint8_t *text, size_t size, double *value) {
  const uint8_t *end = text + size;
  int is_negative = size > 0 && *text == '-';
  if (size > 0 && (*text == '-' || *text == '+')) text++;

  uint64_t digits = 0;
  const uint8_t *first = text;
  text = append_digits(text, end, &digits);
  ptrdiff_t digit_count = text - first;
  ptrdiff_t decimals = 0;
  if (text < end && *text == '.') {
    const uint8_t *point = text++;
    text = append_digits(text, end, &digits);
    decimals = text - point - 1;
    digit_count += decimals;
  }
  if (digit_count == 0) return 0;
  if (digit_count > 19 && digit_count - leading_zeros(first, text) > 19) return 0;
  if (text < end && (*text | 0x20) == 'e') {
    text++;
    int is_small = text < end && *text == '-';
    if (text < end && (*text == '-' || *text == '+')) text++;
    uint64_t exponent = 0;
    const uint8_t *exponent_digits = text;
    text = append_digits(text, end, &exponent);
    if (text == exponent_digits || text - exponent_digits > 8) return 0;
    decimals += is_small ? (ptrdiff_t)exponent : -(ptrdiff_t)exponent;
  }
  if (text != end) return 0;

  double magnitude;
  if (!nearest_double(digits, decimals, &magnitude)) return 0;
  *value = is_negative ? -magnitude : magnitude;
  return 1;
}
