/* SPDX-License-Identifier: MIT */
/* Vector of window sums -> one value an indicator, and the exact lower bound of a fraction. */
#include "judge/stages.h"

#include <math.h>

/* The first term is the main one: absent there, absent all. Clamped at 0. */
static double sum_of(const struct nv_term terms[NV_TERMS_MAX], const double vector[NV_C_END])
{
	double sum = vector[terms[0].counter];

	for (unsigned i = 1; i < NV_TERMS_MAX && terms[i].counter; i++) {
		double x = vector[terms[i].counter];

		if (!isnan(x))
			sum += terms[i].sign < 0 ? -x : x;
	}
	return sum < 0 ? 0 : sum;
}

static double value_of(enum nv_kind kind, bool has_den, const struct nv_reading *r)
{
	switch (kind) {
	case NV_RATIO:
		return r->den > 0 ? r->num / r->den : (double)NAN;
	case NV_COUNT:
		return r->seconds > 0 ? r->num * 60 / r->seconds : (double)NAN;
	case NV_LEVEL:
		if (has_den)
			return r->den > 0 ? r->num / r->den : (double)NAN;
		return r->num;
	}
	return NAN;
}

bool nv_is_unsolicited(const struct nv_indicator *ind, const struct nv_reading *r)
{
	return ind->sign && r->sign < ind->sign_share * r->num;
}

void nv_read(enum nv_indicator_id id, const double vector[NV_C_END], double seconds,
	struct nv_reading *out)
{
	const struct nv_indicator *ind = &nv_indicators[id];
	bool has_den = ind->den[0].counter != NV_C_NONE;

	out->num = sum_of(ind->num, vector);
	out->den = has_den ? sum_of(ind->den, vector) : (double)NAN;
	out->seconds = seconds;
	out->share = ind->share_of ? vector[ind->share_of] : (double)NAN;
	out->few = ind->few ? vector[ind->few] : (double)NAN;
	out->proof = ind->proof ? vector[ind->proof] : (double)NAN;
	out->with = ind->only_with ? vector[ind->only_with] : (double)NAN;
	out->sign = ind->sign ? vector[ind->sign] : (double)NAN;
	out->present = !isnan(out->num) && !(has_den && isnan(out->den));
	out->value = out->present ? value_of(ind->kind, has_den, out) : (double)NAN;
}

/* ---- incomplete beta function by its continued fraction (Lentz)
 * ----------------------------------- */

static double beta_fraction(double a, double b, double x)
{
	double c = 1, d = 1 - (a + b) * x / (a + 1), h;

	d = 1 / (fabs(d) < 1e-300 ? 1e-300 : d);
	h = d;
	for (int m = 1; m <= 300; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		d = 1 + even * d;
		c = 1 + even / c;
		d = 1 / (fabs(d) < 1e-300 ? 1e-300 : d);
		h *= c * d;
		d = 1 + odd * d;
		c = 1 + odd / c;
		d = 1 / (fabs(d) < 1e-300 ? 1e-300 : d);
		step = c * d;
		h *= step;
		if (fabs(step - 1) < 1e-12)
			break;
	}
	return h;
}

/* lgamma() would write the sign into a variable of the whole process. */
static double log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

static double beta_incomplete(double a, double b, double x)
{
	double front = exp(
		log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));

	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* The p at which k or more of n has a chance of 0.025: P(X >= k | p) = I_p(k, n - k + 1). */
double nv_lower_bound(double k, double n)
{
	double low = 0, high;

	if (!(k > 0) || !(n > 0))
		return 0;
	if (k >= n)
		return exp(log(0.025) / n);
	high = k / n;
	for (int i = 0; i < 60 && high - low > 1e-9 * high; i++) {
		double middle = (low + high) / 2;

		if (beta_incomplete(k, n - k + 1, middle) < 0.025)
			low = middle;
		else
			high = middle;
	}
	return low;
}
