#pragma once
#include <string.h>

#include "kernel.h"

// A power of ten downwards: 10^-k = (mantissa - d) * 2^-exponent, where 0 <= d < 1.
typedef struct {
  uint64_t mantissa;
  int exponent;
} ck_reciprocal;

static const ck_reciprocal reciprocals[] = {
    {0x8000000000000000, 63}, {0xcccccccccccccccd, 67}, {0xa3d70a3d70a3d70b, 70},
    {0x83126e978d4fdf3c, 73}, {0xd1b71758e219652c, 77}, {0xa7c5ac471b478424, 80},
    {0x8637bd05af6c69b6, 83}, {0xd6bf94d5e57a42bd, 87}, {0xabcc77118461cefd, 90},
    {0x89705f4136b4a598, 93}, {0xdbe6fecebdedd5bf, 97}, {0xafebff0bcb24aaff, 100},
    {0x8cbccc096f5088cc, 103}, {0xe12e13424bb40e14, 107}, {0xb424dc35095cd810, 110},
    {0x901d7cf73ab0acda, 113}, {0xe69594bec44de15c, 117}, {0xb877aa3236a4b44a, 120},
    {0x9392ee8e921d5d08, 123}, {0xec1e4a7db69561a6, 127}, {0xbce5086492111aeb, 130},
    {0x971da05074da7bef, 133}, {0xf1c90080baf72cb2, 137}, {0xc16d9a0095928a28, 140},
    {0x9abe14cd44753b53, 143}, {0xf79687aed3eec552, 147}, {0xc612062576589ddb, 150},
    {0x9e74d1b791e07e49, 153}, {0xfd87b5f28300ca0e, 157}, {0xcad2f7f5359a3b3f, 160},
    {0xa2425ff75e14fc32, 163}, {0x81ceb32c4b43fcf5, 166}, {0xcfb11ead453994bb, 170},
    {0xa6274bbdd0fadd62, 173}, {0x84ec3c97da624ab5, 176}, {0xd4ad2dbfc3d07788, 180},
    {0xaa242499697392d3, 183}, {0x881cea14545c7576, 186}, {0xd9c7dced53c72256, 190},
    {0xae397d8aa96c1b78, 193}, {0x8b61313bbabce2c7, 196},
};
enum { RECIPROCALS = sizeof reciprocals / sizeof *reciprocals };

static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { EXACT_POWERS = sizeof exact_powers / sizeof *exact_powers };

// Whether all eight bytes are digits.
CK_INLINE int are_digits(uint64_t word) {
  const uint64_t tops = 0xf0f0f0f0f0f0f0f0u;
  return ((word & tops) | ((word + 0x0606060606060606u) & tops) >> 4) == 0x3333333333333333u;
}

// The number of eight digits from 0 to 9, one a byte, the first in the lowest.
CK_INLINE uint64_t eight_values(uint64_t values) {
  values = values * 10 + (values >> 8);
  return ((values & 0x000000ff000000ffu) * 0x000f424000000064u +
          ((values >> 16) & 0x000000ff000000ffu) * 0x0000271000000001u) >>
         32;
}

// The number of eight digits as characters.
CK_INLINE uint64_t eight_digits(uint64_t word) { return eight_values(word - 0x3030303030303030u); }

// Appends the digits from `text` on to a number and returns where they end.
CK_INLINE const uint8_t *append_digits(const uint8_t *text, const uint8_t *end, uint64_t *number) {
  while (end - text >= 8) {
    uint64_t word;
    memcpy(&word, text, 8);
    if (!are_digits(word)) break;
    *number = *number * 100000000u + eight_digits(word);
    text += 8;
  }
  for (; text < end && (uint8_t)(*text - '0') < 10; text++)
    *number = *number * 10 + (uint8_t)(*text - '0');
  return text;
}

// The double that is nearest to digits * 10^-decimals; 0 where one product of 64 bits by 64 cannot
// tell. The true product lies less than 2^64 below the one that is computed, which changes the
// rounding only where the part that is rounded off begins with exactly one half.
CK_INLINE int round_product(uint64_t digits, int decimals, double *value) {
  ck_reciprocal power = reciprocals[decimals];
  int shift = __builtin_clzll(digits);
  uint64_t high = (uint64_t)((__uint128_t)(digits << shift) * power.mantissa >> 64);
  int dropped = high >> 63 ? 11 : 10;
  uint64_t half = (uint64_t)1 << (dropped - 1);
  if ((high & (2 * half - 1)) == half) return 0;
  uint64_t rounded = (high >> dropped) + (high >> (dropped - 1) & 1);
  uint64_t scale_bits = (uint64_t)(1023 + 64 + dropped - shift - power.exponent) << 52;
  double scale;
  memcpy(&scale, &scale_bits, sizeof scale);
  *value = (double)rounded * scale;
  return 1;
}

// The same for any power of ten; 0 also where it is out of reach.
CK_INLINE int nearest_double(uint64_t digits, ptrdiff_t decimals, double *value) {
  if (digits < (uint64_t)1 << 53 && decimals > -EXACT_POWERS && decimals < EXACT_POWERS) {
    *value = decimals < 0 ? (double)digits * exact_powers[-decimals]
                          : (double)digits / exact_powers[decimals];
    return 1;
  }
  return digits != 0 && decimals >= 0 && decimals < RECIPROCALS &&
         round_product(digits, (int)decimals, value);
}

// Reads a digit, a point, and 8 to 18 digits, as the shortest text of a number below ten has them;
// 0 where the text is another. Reads up to 16 bytes before the text.
CK_INLINE int read_fraction(const uint8_t *text, size_t size, double *value) {
  if (size - 10 > 10 || text[1] != '.') return 0;
  const uint64_t zeros = 0x3030303030303030u;
  size_t decimals = size - 2;
  uint64_t words[3];
  memcpy(words, text + size - 24, sizeof words);
  uint64_t unused1 = decimals >= 16 ? 0 : ~(uint64_t)0 >> (8 * (decimals - 8));
  uint64_t unused0 = decimals <= 16 ? ~(uint64_t)0 : ~(uint64_t)0 >> (8 * (decimals - 16));
  words[1] = (words[1] & ~unused1) | (zeros & unused1);
  words[0] = (words[0] & ~unused0) | (zeros & unused0);
  unsigned whole = text[0] - '0';
  if (!(are_digits(words[0]) & are_digits(words[1]) & are_digits(words[2]) & (whole < 10)))
    return 0;
  uint64_t digits = (eight_digits(words[0]) * 100000000u + eight_digits(words[1])) * 100000000u +
                    eight_digits(words[2]);
  if (whole > 0) digits += whole * (uint64_t)exact_powers[decimals];
  if (digits > 0 && round_product(digits, (int)decimals, value)) return 1;
  return nearest_double(digits, (ptrdiff_t)decimals, value);
}
