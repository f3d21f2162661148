/*
 * student.c
 *	  Critical values of Student's t distribution.
 */
#include "distributions.h"

#include <math.h>

/* Beyond this many degrees of freedom t and the normal agree to the last digits. */
#define NORMAL_FROM 1e10

/*
 * t of a two-sided interval: P(|T| <= t) = confidence for df degrees of freedom, which
 * need not be whole. |T| <= t is where df / (df + T^2), a beta variable with the shapes
 * df / 2 and 1/2, is at least df / (df + t^2). NaN unless 0 < confidence < 1 and
 * df > 0; accurate to 1e-9 of its value.
 */
double
StudentCriticalValue(double confidence, double df)
{
	double		quantile;
	double		complement;

	if (!(df > 0))
		return NAN;
	if (df >= NORMAL_FROM)
		return NormalCriticalValue(confidence);
	/* the smaller of the quantile and its complement is computed directly */
	complement = BetaQuantile(confidence, 0.5, df / 2);
	quantile = BetaQuantile(1 - confidence, df / 2, 0.5);
	return sqrt(df * complement / quantile);
}
