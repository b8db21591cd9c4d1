#pragma once
#include <stdint.h>
#include <string.h>

#include "kernel.h"

CK_INLINE float ck_float_of_bits(int32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

CK_INLINE int32_t ck_bits_of_float(float value) {
  int32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// exp(x) with a relative error below 2e-7: 2^n times a polynomial of the rest, |rest| <= ln(2)/2.
// Arguments are clamped to [-87, 88]; NaN stays NaN.
CK_INLINE float ck_exp(float x) {
  float y = x < -87.0f ? -87.0f : x;
  y = y > 88.0f ? 88.0f : y;
  float shifted = y * 1.44269504088896341f + 12582912.0f;
  float n = shifted - 12582912.0f;
  float r = y - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t exponent = ck_bits_of_float(shifted) << 23;
  return ck_float_of_bits(ck_bits_of_float(p) + exponent);
}

// Natural logarithm of a positive normal number, relative error below 2e-7.
CK_INLINE float ck_log(float x) {
  int32_t bits = ck_bits_of_float(x);
  int32_t exponent = (bits - 0x3f3504f3) >> 23;
  float m = ck_float_of_bits(bits - (exponent << 23));
  float f = m - 1.0f;
  float e = (float)exponent;
  float z = f * f;
  float p = 7.0376836292e-2f;
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  float y = f * z * p;
  y = y + e * -2.12194440e-4f;
  y = y - 0.5f * z;
  return f + y + e * 0.693359375f;
}

CK_INLINE float ck_sigmoid(float x) { return 1.0f / (1.0f + ck_exp(-x)); }

// tanh(x) with a relative error below 3e-7: an odd polynomial near 0, where the difference of the
// other form would cancel.
CK_INLINE float ck_tanh(float x) {
  float far = 1.0f - 2.0f / (ck_exp(2.0f * x) + 1.0f);
  float z = x * x;
  float p = -5.7049743e-3f;
  p = p * z + 2.0639075e-2f;
  p = p * z - 5.3739711e-2f;
  p = p * z + 1.3331442e-1f;
  p = p * z - 3.3333282e-1f;
  float near = x + x * z * p;
  return z < 0.390625f ? near : far;
}
