/* SPDX-License-Identifier: MIT */
/*
 * Logarithm, exponential and log-gamma, to a few units in the last place.
 *
 * The judge needs these and nothing else of the mathematical library, of which 330 kB become
 * resident as soon as a program is linked with it, more than all that we remember of a host. Series
 * after a reduction of the argument; Abramowitz and Stegun 4.1.27, 4.2.1, 6.1.40.
 */
#include "judge/maths.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define LN2_HIGH 6.93147180369123816490e-01 /* 32 bits: its multiples are exact */
#define LN2_LOW  1.90821492927058770002e-10
#define LN2      0.693147180559945309417

enum { MANTISSA = 52, BIAS = 1023 };

static uint64_t bits_of(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

/* 2 to the power k, of normal numbers. */
static double power_of_two(int k)
{
	uint64_t bits = (uint64_t)(k + BIAS) << MANTISSA;
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

double nv_ln(double x)
{
	int exponent = 0;
	double m, s, square, sum = 0;

	if (!(x > 0))
		return x == 0 ? -(double)INFINITY : (double)NAN;
	if (isinf(x))
		return x;
	if (x < DBL_MIN) {
		x *= power_of_two(54);
		exponent = -54;
	}
	exponent += (int)(bits_of(x) >> MANTISSA) - BIAS;
	m = x / power_of_two((int)(bits_of(x) >> MANTISSA) - BIAS);
	if (m > 1.41421356237309505) {
		m /= 2;
		exponent++;
	}
	/* log m = 2 (s + s^3/3 + s^5/5 ...) */
	s = (m - 1) / (m + 1);
	square = s * s;
	for (int n = 23; n >= 3; n -= 2)
		sum = (sum + 1.0 / n) * square;
	return exponent * LN2_HIGH + (2 * s * sum + exponent * LN2_LOW + 2 * s);
}

double nv_ln1p(double x)
{
	double u = 1 + x;

	return u == 1 ? x : nv_ln(u) * x / (u - 1); /* what 1 + x lost is put right */
}

double nv_exp(double x)
{
	double k, r, sum = 1;

	if (isnan(x))
		return x;
	if (x > 709.78)
		return (double)INFINITY;
	if (x < -708)
		return 0; /* less than any normal number */
	k = (double)(int)(x / LN2 + (x < 0 ? -0.5 : 0.5));
	r = (x - k * LN2_HIGH) - k * LN2_LOW;
	for (int n = 14; n >= 1; n--)
		sum = 1 + sum * r / n;
	return sum * power_of_two((int)k / 2) * power_of_two((int)k - (int)k / 2);
}

double nv_ln_gamma(double x)
{
	double shift = 1, inverse;

	if (!(x > 0))
		return (double)INFINITY;
	/* Stirling's series is good from 12 on. */
	for (; x < 12; x++)
		shift *= x;
	inverse = 1 / (x * x);
	return (x - 0.5) * nv_ln(x) - x + 0.918938533204672741780 +
		(1.0 / 12 -
			inverse *
				(1.0 / 360 -
					inverse *
						(1.0 / 1260 -
							inverse *
								(1.0 / 1680 -
									inverse * (1.0 / 1188))))) /
		x -
		nv_ln(shift);
}

double nv_sqrt(double x)
{
	/* One instruction of any processor with floating point (rules.mk: nobody reads errno). */
	return x > 0 ? __builtin_sqrt(x) : 0;
}
