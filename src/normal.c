/*
 * normal.c
 *	  Tails and quantiles of the normal distribution.
 *
 * Written from the published formulas on top of libm's erf and erfc; why no
 * library is used stands in distributions.h.
 *
 * Sources:
 *	 [AS]	M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions, 1964
 *	 [DLMF] NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov
 *
 * Nothing here calls the server. The file must not be compiled with -ffast-math,
 * which would undo the error terms carried along.
 */
#include "distributions.h"

#include <math.h>

#define SQRT_HALF			0.70710678118654752440
#define SQRT_HALF_REST		(-4.833646656726457e-17)	/* sqrt(1/2) - (double) SQRT_HALF */
#define TWO_BY_SQRT_PI		1.12837916709551257390
#define SQRT_TWO_PI			2.50662827463100050242

/*
 * ErfcOfScaled: erfc(z / sqrt 2).
 *
 * Far out, the rounding of z / sqrt 2 alone would cost 1e-13 of the result, so
 * the rest of the division is kept and applied through the derivative of erfc.
 */
static double
ErfcOfScaled(double z)
{
	double		x;
	double		rest;

	/* beyond 39, erfc is below the smallest double, or 2 */
	if (!(fabs(z) < 39))
		return isnan(z) ? z : (z > 0 ? 0 : 2);

	x = z * SQRT_HALF;
	rest = fma(z, SQRT_HALF, -x) + z * SQRT_HALF_REST;
	return erfc(x) - TWO_BY_SQRT_PI * exp(-x * x) * rest;
}

/*
 * NormalUpperTail: P(Z > z) of the standard normal distribution.
 *
 * Any z, also infinite; NaN gives NaN. Relative error below 1e-15 while the
 * result is a normal double. P(Z > z) = erfc(z / sqrt 2) / 2 [AS 26.2.29].
 */
double
NormalUpperTail(double z)
{
	return 0.5 * ErfcOfScaled(z);
}

/*
 * NormalTwoSided: P(|Z| > |z|), the two-sided p-value of z.
 *
 * Range and accuracy as for NormalUpperTail.
 */
double
NormalTwoSided(double z)
{
	return ErfcOfScaled(fabs(z));
}

/*
 * HalleyStepNormal: one step towards the z at which the tail area has the error
 * `residual` (area too large: step outwards).
 *
 * The density's derivative is -z times the density, so Halley's third-order
 * step costs no more than Newton's.
 */
static double
HalleyStepNormal(double z, double residual)
{
	double		root = exp(0.25 * z * z);	/* its square may overflow */
	double		step = residual * root * SQRT_TWO_PI * root;

	return z + step / (1 - 0.5 * z * step);
}

/*
 * QuantileFromCentre: z >= 0 with P(0 < Z < z) = p, for p in [0, 1/4].
 *
 * Solved with erf, which keeps every digit of a small p. The series of the
 * inverse [DLMF 7.17.2] starts within 4e-4 of z, relative; two third-order steps
 * leave nothing but rounding.
 */
static double
QuantileFromCentre(double p)
{
	double		y = p * SQRT_TWO_PI;
	double		yy = y * y;
	double		z;
	int			step;

	z = y * (1 + yy * (1.0 / 6 + yy * (7.0 / 120 + yy * (127.0 / 5040))));
	for (step = 0; step < 2; step++)
		z = HalleyStepNormal(z, p - 0.5 * erf(z * SQRT_HALF));
	return z;
}

/*
 * QuantileFromTail: z with P(Z > z) = q, for q in (0, 1/4].
 *
 * [AS 26.2.23] starts within 4.5e-4 of z. An error e becomes about
 * e^3 (z^2 + 2) / 12 in each step: at most 2e-8 after the first and nothing
 * but rounding after the second, even at the smallest double (z = 38.5).
 */
static double
QuantileFromTail(double q)
{
	double		t = sqrt(-2 * log(q));
	double		z;
	int			step;

	z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
		(1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
	for (step = 0; step < 2; step++)
		z = HalleyStepNormal(z, NormalUpperTail(z) - q);
	return z;
}

/*
 * NormalQuantileUpper: z with P(Z > z) = q.
 *
 * 0 gives infinity, 1 minus infinity; outside [0, 1] and for NaN the result is
 * NaN. Relative error below 1e-15 for q >= 1e-300, also near 1/2, where z is
 * small; below the normal doubles the spacing of the tail area itself shows.
 */
double
NormalQuantileUpper(double q)
{
	if (!(q >= 0 && q <= 1))
		return NAN;
	if (q > 0.5)
		return -NormalQuantileUpper(1 - q); /* the subtraction is exact */
	if (q == 0)
		return INFINITY;
	return q < 0.25 ? QuantileFromTail(q) : QuantileFromCentre(0.5 - q);
}

/*
 * NormalCriticalValue: z with P(-z < Z < z) = confidence, for a two-sided interval.
 *
 * 0 gives 0, 1 gives infinity; outside [0, 1] and for NaN the result is NaN.
 * Relative error below 1e-15.
 */
double
NormalCriticalValue(double confidence)
{
	if (!(confidence >= 0 && confidence <= 1))
		return NAN;
	if (confidence <= 0.5)
		return QuantileFromCentre(0.5 * confidence);
	return NormalQuantileUpper(0.5 * (1 - confidence));
}
