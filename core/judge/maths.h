/* SPDX-License-Identifier: MIT */
/* What the judge needs of the mathematical library, without its memory. */
#ifndef NV_MATHS_H
#define NV_MATHS_H

#include "catalog/status.h"

double nv_ln(double x);       /* natural; NAN below 0, -INFINITY at 0 */
double nv_ln1p(double x);     /* log(1 + x), exact for small x; x > -1 */
double nv_exp(double x);      /* 0 below -708 */
double nv_ln_gamma(double x); /* x > 0 */
double nv_sqrt(double x);     /* 0 below 0 */

/* The same of the floats that a baseline keeps. */
static inline float nv_lnf(float x)
{
	return (float)nv_ln((double)x);
}

static inline float nv_expf(float x)
{
	return (float)nv_exp((double)x);
}

static inline float nv_largerf(float a, float b)
{
	return (float)nv_larger((double)a, (double)b);
}

static inline float nv_smallerf(float a, float b)
{
	return (float)nv_smaller((double)a, (double)b);
}

#endif
