/* SPDX-License-Identifier: MIT */
/* The core's own logarithm and exponential against those of the mathematical library. */
#include "judge/maths.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void agree(double found, double expected, double tolerance)
{
	if (!(fabs(found - expected) <= tolerance * fmax(fabs(expected), DBL_MIN)))
		fail_msg("found %.17g, expected %.17g", found, expected);
}

static void logarithms(void **state)
{
	(void)state;
	for (double x = 1e-320; x < 1e308; x *= 1.0371)
		agree(nv_ln(x), log(x), 4 * DBL_EPSILON);
	for (double x = 0.5; x < 2; x += 0.00037)
		agree(nv_ln(x), log(x), 8 * DBL_EPSILON);
	for (double x = 1e-18; x < 0.999; x *= 1.0173) {
		agree(nv_ln1p(-x), log1p(-x), 16 * DBL_EPSILON);
		agree(nv_ln1p(x), log1p(x), 16 * DBL_EPSILON);
	}
	assert_true(nv_ln(1) == 0 && isinf(nv_ln(0)) && nv_ln(0) < 0);
	assert_true(
		isnan(nv_ln(-1)) && isnan(nv_ln((double)NAN)) && isinf(nv_ln((double)INFINITY)));
}

static void exponentials(void **state)
{
	(void)state;
	for (double x = -700; x < 709.7; x += 0.0373)
		agree(nv_exp(x), exp(x), 4 * DBL_EPSILON);
	for (double x = 1e-20; x < 1; x *= 1.0371)
		agree(nv_exp(-x), exp(-x), 4 * DBL_EPSILON);
	assert_true(nv_exp(0) == 1 && nv_exp(-(double)INFINITY) == 0 &&
		isinf(nv_exp((double)INFINITY)));
	assert_true(nv_exp(-800) == 0 && isinf(nv_exp(800)) && isnan(nv_exp((double)NAN)));
}

static void gammas(void **state)
{
	(void)state;
	for (double x = 0.01; x < 1e15; x *= 1.0073)
		agree(1 + nv_ln_gamma(x), 1 + lgamma(x), 4e-14); /* it is 0 at 1 and 2 */
	for (double factorial = 1, n = 1; n < 20; factorial *= n++)
		agree(nv_exp(nv_ln_gamma(n)), factorial, 1e-13);
}

static void roots(void **state)
{
	(void)state;
	for (double x = 1e-300; x < 1e300; x *= 1.0371)
		agree(nv_sqrt(x), sqrt(x), 2 * DBL_EPSILON);
	assert_true(nv_sqrt(0) == 0 && nv_sqrt(-1) == 0 && isinf(nv_sqrt((double)INFINITY)));
}

/* NAN is no opinion: the other one counts. */
static void larger_and_smaller(void **state)
{
	(void)state;
	assert_true(nv_larger(1, 2) == 2 && nv_larger(2, 1) == 2 && nv_smaller(1, 2) == 1 &&
		nv_smaller(2, 1) == 1);
	assert_true(nv_larger((double)NAN, 1) == 1 && nv_larger(1, (double)NAN) == 1);
	assert_true(nv_smaller((double)NAN, 1) == 1 && nv_smaller(1, (double)NAN) == 1);
	assert_true(isnan(nv_larger((double)NAN, (double)NAN)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logarithms),
		cmocka_unit_test(exponentials),
		cmocka_unit_test(gammas),
		cmocka_unit_test(roots),
		cmocka_unit_test(larger_and_smaller),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
