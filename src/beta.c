/*
 * beta.c
 *	  Tails and quantiles of the beta distribution.
 *
 * Written from the published formulas on top of libm's tgamma, log1p and expm1;
 * why no library is used stands in distributions.h.
 *
 * Sources:
 *	 [DLMF] NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov
 *	 [DM]	A. R. DiDonato, A. H. Morris, Significant digit computation of the
 *			incomplete beta function ratios, ACM TOMS 18 (1992) 360-373
 *	 [L]	C. Loader, Fast and accurate computation of binomial probabilities, 2000
 *	 [TB]	I. J. Thompson, A. R. Barnett, Coulomb and Bessel functions of complex
 *			arguments and order, J. Comput. Phys. 64 (1986) 490-509
 *	 [TM]	H. Takahasi, M. Mori, Double exponential formulas for numerical
 *			integration, Publ. RIMS Kyoto Univ. 9 (1974) 721-741
 *
 * Nothing here calls the server. The file must not be compiled with -ffast-math,
 * which would undo the error terms carried along.
 */
#include "distributions.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#define TWO_PI				6.28318530717958647693

/* ----------
 * Differences of elementary functions that would cancel
 * ----------
 */

/*
 * ExpRemainder: exp(t) - 1 - t, relative error a few units in the last place.
 */
static double
ExpRemainder(double t)
{
	double		term = 0.5 * t * t;
	double		sum = term;
	int			k;

	if (!(fabs(t) < 1))
		return expm1(t) - t;
	for (k = 3; fabs(term) > DBL_EPSILON / 4 * sum; k++)
	{
		term *= t / k;
		sum += term;
	}
	return sum;
}

/*
 * LogRemainder: z - log(1 + z) for z > -1, relative error a few units in the
 * last place. Loader's deviance function is bd0(x, m) = x LogRemainder((m - x) / x).
 *
 * With r = z / (2 + z), log(1 + z) = 2 (r + r^3/3 + r^5/5 + ...) [DLMF 4.6.4]
 * and z - 2 r = z r.
 */
static double
LogRemainder(double z)
{
	double		r;
	double		power;
	double		sum;
	double		term;
	int			k;

	if (!(fabs(z) < 0.5))
		return z - log1p(z);

	r = z / (2 + z);
	power = 2 * r;
	sum = 0;
	k = 3;
	do
	{
		power *= r * r;
		term = power / k;
		sum += term;
		k += 2;
	} while (fabs(term) > DBL_EPSILON / 4 * fabs(sum));
	return z * r - sum;
}

/* ----------
 * Stirling's formula
 * ----------
 */

/* From here on Stirling's series, cut after seven terms, is exact to 1e-18 */
#define STIRLING_MIN	15.0

/* B(2k) / (2k (2k - 1)), k = 1, 2, ... [DLMF 5.11.1] */
static const double stirling_coefficient[] = {
	1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188,
	-691.0 / 360360, 1.0 / 156
};

#define STIRLING_TERMS	((int) (sizeof(stirling_coefficient) / sizeof(double)))

/*
 * StirlingError: log Gamma(s + 1) - log(sqrt(2 pi s) (s / e)^s), for s >= STIRLING_MIN.
 */
static double
StirlingError(double s)
{
	double		r = 1 / s;
	double		sum = 0;
	int			k;

	for (k = STIRLING_TERMS - 1; k >= 0; k--)
		sum = sum * r * r + stirling_coefficient[k];
	return sum * r;
}

/*
 * StirlingErrorStep: StirlingError(s + h) - StirlingError(s), without cancellation
 * when h is small: p^m - q^m = (p - q) (p^(m-1) + p^(m-2) q + ... + q^(m-1)).
 */
static double
StirlingErrorStep(double s, double h)
{
	double		p = 1 / (s + h);
	double		q = 1 / s;
	double		q_power = 1;	/* q^(m-1) */
	double		quotient = 1;	/* (p^m - q^m) / (p - q) */
	double		sum = 0;
	int			k;

	for (k = 0; k < STIRLING_TERMS; k++)
	{
		int			i;

		sum += stirling_coefficient[k] * quotient;
		for (i = 0; i < 2; i++)
		{
			q_power *= q;
			quotient = p * quotient + q_power;
		}
	}
	return -h * p * q * sum;
}

/*
 * ReducedGamma: Gamma(s + 1) (e / s)^s, the factor by which s! differs from
 * (s / e)^s; tends to 1 for small s and to sqrt(2 pi s) for large ones.
 */
static double
ReducedGamma(double s)
{
	if (s < STIRLING_MIN)
		return tgamma(s + 1) * exp(s - s * log(s));
	return sqrt(TWO_PI * s) * exp(StirlingError(s));
}

/*
 * LogPowerTimesGammaRatio: log(y^h Gamma(s + h) / Gamma(s)), for 0 < h <= 1.
 *
 * Every term is proportional to h, so a tiny h keeps its digits; y enters next
 * to s + h because the two all but cancel where this is used.
 */
static double
LogPowerTimesGammaRatio(double y, double s, double h)
{
	double		sum = 0;
	double		log_product;

	for (; s < STIRLING_MIN; s++)
		sum -= log1p(h / s);

	/* the product of the smallest doubles would lose digits */
	if (y < DBL_MIN / DBL_EPSILON)
		log_product = log(y) + log(s + h);
	else
		log_product = log(y * (s + h));
	return sum + h * log_product - s * LogRemainder(h / s) -
		0.5 * log1p(h / s) + StirlingErrorStep(s, h);
}

/* ----------
 * The beta distribution
 * ----------
 */

/*
 * A place on a beta distribution. Of x and y = 1 - x the smaller one is exact,
 * and excess = (a + b) x - a, how far x lies beyond the mean, is exact to
 * rounding: 1 - x alone would lose it where x or a / b is small.
 */
typedef struct BetaPoint
{
	double		a;
	double		b;
	double		x;
	double		y;
	double		n;				/* a + b */
	double		excess;
} BetaPoint;

/*
 * Both tail areas at a point. log_lower is given besides because `lower` may be
 * too small for a double; slope is d log_lower / d log(x / y).
 */
typedef struct BetaTails
{
	double		lower;
	double		upper;
	double		log_lower;
	double		slope;
} BetaTails;

static BetaPoint
MakeBetaPoint(double x, double y, double a, double b)
{
	BetaPoint	point;
	double		n = a + b;
	double		n_rest;			/* what rounding took from a + b, exact */

	n_rest = a > b ? b - (n - a) : a - (n - b);
	point.a = a;
	point.b = b;
	point.x = x;
	point.y = y;
	point.n = n;
	if (x <= y)
		point.excess = fma(n, x, -a) + n_rest * x;
	else
		point.excess = -(fma(n, y, -b) + n_rest * y);
	return point;
}

/* The same place seen from the other end: what was upper is lower */
static BetaPoint
MirrorBetaPoint(BetaPoint point)
{
	BetaPoint	mirror = {point.b, point.a, point.y, point.x, point.n, -point.excess};

	return mirror;
}

/*
 * Deviance: a log(a / (n x)) + b log(b / (n y)), by which the density at x is
 * below that at the mean, in logarithms. The sum of two of Loader's bd0 [L]:
 * both are positive, so it loses no digits however large the shapes are.
 */
static double
Deviance(const BetaPoint *point)
{
	double		u = point->excess / point->a;	/* 1 + u = n x / a */
	double		v = -point->excess / point->b;	/* 1 + v = n y / b */
	double		a_part;
	double		b_part;

	if (u < -0.5)
		a_part = point->excess - point->a * log(point->x / (point->a / point->n));
	else
		a_part = point->a * LogRemainder(u);
	if (v < -0.5)
		b_part = -point->excess - point->b * log(point->y / (point->b / point->n));
	else
		b_part = point->b * LogRemainder(v);
	return a_part + b_part;
}

/*
 * MeanDensity: x^a y^b / B(a, b) at x = a / (a + b), the saddle-point form of [L].
 *
 * Times exp(-Deviance) it is x^a y^b / B(a, b) anywhere, which is also the
 * density of log(x / y).
 */
static double
MeanDensity(const BetaPoint *point)
{
	double		smaller = fmin(point->a, point->b);
	double		larger = fmax(point->a, point->b);

	return smaller * (larger / point->n) *
		(ReducedGamma(point->n) / ReducedGamma(larger) / ReducedGamma(smaller));
}

/*
 * TailByFraction: lower tail / (x^a y^b / B(a, b)), from the continued fraction of
 * [DM], which is the even part of [DLMF 8.17.22], by the modified Lentz method [TB].
 *
 * For x up to the mean. Unlike 8.17.22 itself it contains a - (a + b) x, which is
 * at hand exactly. Where BetaTailsAt uses it, about 100 terms are the most it was
 * seen to need; should max_terms not suffice, the result is NaN.
 */
static double
TailByFraction(const BetaPoint *point)
{
	const int	max_terms = 10000;
	double		a = point->a;
	double		b = point->b;
	double		x = point->x;
	double		fraction = a / (a + 1) * (1 - point->excess);
	double		c = fraction;
	double		d = 0;
	int			m;

	for (m = 1; m <= max_terms; m++)
	{
		double		even = a + 2.0 * m - 1;
		double		alpha = (a + m - 1) / even * ((point->n + m - 1) * x / even) *
			m * ((b - m) * x);
		double		beta = m + m * ((b - m) * x / even) +
			(a + m) / (even + 2) * (1 - point->excess + m * (1 + point->y));
		double		ratio;

		d = 1 / (beta + alpha * d);
		c = beta + alpha / c;
		ratio = c * d;
		fraction *= ratio;
		if (fabs(ratio - 1) <= DBL_EPSILON)
			return 1 / fraction;
	}
	return NAN;
}

/*
 * TailByIntegral: lower tail / (x^a y^b / B(a, b)), for x up to the mean and both
 * shapes at least 50 or so.
 *
 * In constant time, where near the mean the continued fraction takes some
 * sqrt(min(a, b)) terms, and converges so slowly that terms which no longer change
 * the result may still add up to that many times DBL_EPSILON.
 *
 * With s = log(x / y) the density is proportional to exp(-Deviance), and its
 * logarithm is concave. At the distance w below s it has fallen by
 *	   rise(w) = (a - n x) w + n (log(x e^-w + y) + x w),
 * and the wanted ratio is the integral of exp(-rise(w)) over w > 0. The double
 * exponential rule for integrands that decay like exp(-w), w = width
 * exp(t - exp(-t)) [TM], with the trapezoidal rule in t, gives it to rounding:
 * the step is chosen for a Gaussian decay, the least favourable case here.
 *
 * The logarithm is taken apart so that nothing cancels, with respect to the
 * smaller one of x and y: log(1 + z) = z - LogRemainder(z), z = x expm1(-w), or
 * z = y expm1(w) after e^w is drawn out.
 */
static double
TailByIntegral(const BetaPoint *point)
{
	const double step = 0.1;
	const int	first = -37;	/* t = -3.7: w is 1e-18 width */
	const double negligible_rise = 45;
	double		slope = -point->excess;
	double		variance = point->n * point->x * point->y;
	double		width = 2 / (slope + sqrt(slope * slope + 2 * variance));
	double		smaller = fmin(point->x, point->y);
	double		sign = point->x <= point->y ? -1 : 1;
	double		sum = 0;
	double		rise = 0;
	int			k;

	/* rise is convex and about 1 at width, so this ends near t = 4 at the latest */
	for (k = first; rise < negligible_rise; k++)
	{
		double		t = k * step;
		double		shrink = exp(-t);
		double		w = width * exp(t - shrink);
		double		remainder = ExpRemainder(sign * w);
		double		z = smaller * (remainder + sign * w);

		rise = slope * w + point->n * (smaller * remainder - LogRemainder(z));
		sum += w * (1 + shrink) * exp(-rise);
	}
	return sum * step;
}

/*
 * LogUpperNearOne: log of the upper tail for b < 1, y <= 0.1 and a y < 1, where it
 * is near 1 and the continued fraction of the lower tail slow.
 *
 * I_y(b, a) = y^b / (b B(a, b)) (1 + b sum_{k>=1} (1-a)_k y^k / (k! (b + k)))
 * [DLMF 8.17.7]. Each factor is 1 plus something proportional to b, so the
 * logarithm is accurate in proportion and both tails follow from it.
 */
static double
LogUpperNearOne(const BetaPoint *point)
{
	double		a = point->a;
	double		b = point->b;
	double		y = point->y;
	double		term = 1;
	double		sum = 0;
	double		part;
	int			k = 1;

	do
	{
		term *= (k - a) * y / k;
		part = term / (b + k);
		sum += part;
		k++;
	} while (fabs(part) > DBL_EPSILON / 4 * fabs(sum));

	return LogPowerTimesGammaRatio(y, a, b) - LogPowerTimesGammaRatio(1, 1, b) + log1p(b * sum);
}

/* Whether LogUpperNearOne applies */
static bool
IsUpperNearOne(const BetaPoint *point)
{
	return point->b < 1 && point->y <= 0.1 && point->a * point->y < 1;
}

/*
 * BetaTailsAt: both tails at a point with 0 < x < 1, the smaller one without
 * cancellation.
 */
static BetaTails
BetaTailsAt(const BetaPoint *point)
{
	const double integral_min_shape = 1000;
	BetaPoint	mirror = MirrorBetaPoint(*point);
	double		mean_density = MeanDensity(point);
	double		deviance = Deviance(point);
	BetaTails	tails;

	if (IsUpperNearOne(point))
	{
		double		log_upper = LogUpperNearOne(point);

		tails.upper = exp(log_upper);
		tails.lower = -expm1(log_upper);
		tails.log_lower = log(tails.lower);
		tails.slope = mean_density * exp(-deviance) / tails.lower;
	}
	else if (IsUpperNearOne(&mirror))
	{
		tails.log_lower = LogUpperNearOne(&mirror);
		tails.lower = exp(tails.log_lower);
		tails.upper = -expm1(tails.log_lower);
		tails.slope = mean_density * exp(-deviance) / tails.lower;
	}
	else
	{
		bool		is_lower = point->excess <= 0;
		const BetaPoint *side = is_lower ? point : &mirror;
		bool		is_large = fmin(point->a, point->b) >= integral_min_shape;
		double		ratio = is_large ? TailByIntegral(side) : TailByFraction(side);
		double		tail = mean_density * ratio * exp(-deviance);

		if (is_lower)
		{
			tails.lower = tail;
			tails.upper = 1 - tail;
			tails.log_lower = log(mean_density * ratio) - deviance;
			tails.slope = 1 / ratio;
		}
		else
		{
			tails.lower = 1 - tail;
			tails.upper = tail;
			tails.log_lower = log1p(-tail);
			tails.slope = mean_density * exp(-deviance) / tails.lower;
		}
	}
	return tails;
}

static bool
AreShapesInRange(double a, double b)
{
	return a >= BETA_MIN_SHAPE && a <= BETA_MAX_SHAPE && b >= BETA_MIN_SHAPE && b <= BETA_MAX_SHAPE;
}

/*
 * BetaLowerTail: P(X < x) of the beta distribution with shapes a and b, the
 * regularized incomplete beta function I_x(a, b).
 *
 * x in [0, 1], shapes in BETA_MIN_SHAPE..BETA_MAX_SHAPE; NaN otherwise and for NaN.
 * For the double x as it is given, the relative error is about
 * (10 + log(1 / result)) DBL_EPSILON for shapes of any size, up to three times that
 * was seen: the logarithm of a small result is rounded before it is exponentiated.
 * It takes a few microseconds at most, also for shapes of 1e12.
 */
double
BetaLowerTail(double x, double a, double b)
{
	BetaPoint	point;

	if (!AreShapesInRange(a, b) || !(x >= 0 && x <= 1))
		return NAN;
	if (x == 0 || x == 1)
		return x;
	point = MakeBetaPoint(x, 1 - x, a, b);
	return BetaTailsAt(&point).lower;
}

/*
 * BetaUpperTail: P(X > x) of the beta distribution, 1 - I_x(a, b) without the
 * cancellation. Range and accuracy as for BetaLowerTail.
 */
double
BetaUpperTail(double x, double a, double b)
{
	BetaPoint	point;

	if (!AreShapesInRange(a, b) || !(x >= 0 && x <= 1))
		return NAN;
	if (x == 0 || x == 1)
		return 1 - x;
	point = MakeBetaPoint(x, 1 - x, a, b);
	return BetaTailsAt(&point).upper;
}

/* A number in [0, 1] and its complement, the smaller one accurate to rounding */
typedef struct UnitPair
{
	double		x;
	double		y;
} UnitPair;

/* The pair with log(x / y) = logit */
static UnitPair
PairFromLogit(double logit)
{
	double		odds = exp(-fabs(logit));
	double		smaller = odds / (1 + odds);
	UnitPair	low = {smaller, 1 - smaller};
	UnitPair	high = {1 - smaller, smaller};

	return logit <= 0 ? low : high;
}

/* The pair whose log(x / y) is larger by step; every step keeps the accuracy */
static UnitPair
ShiftLogit(UnitPair pair, double step)
{
	UnitPair	shifted;

	if (pair.x > pair.y)
	{
		UnitPair	mirror = {pair.y, pair.x};

		mirror = ShiftLogit(mirror, -step);
		shifted.x = mirror.y;
		shifted.y = mirror.x;
	}
	else if (step < log(pair.y) - log(pair.x))
	{
		shifted.x = pair.x * exp(step) / (1 + pair.x * expm1(step));
		shifted.y = 1 - shifted.x;
	}
	else
	{
		/* divided by exp(step), which may overflow */
		shifted.y = pair.y * exp(-step) / (pair.x + pair.y * exp(-step));
		shifted.x = 1 - shifted.y;
	}
	return shifted;
}

/* The spacing of the smallest doubles */
#define SMALLEST_DOUBLE		(DBL_MIN * DBL_EPSILON)

static bool
IsAtEnd(UnitPair pair)
{
	return pair.x <= 0 || pair.y <= 0;
}

/* The pair of doubles next to an end that has been reached */
static UnitPair
LastBeforeEnd(UnitPair end)
{
	UnitPair	low = {SMALLEST_DOUBLE, 1};
	UnitPair	high = {1, SMALLEST_DOUBLE};

	return end.x <= 0 ? low : high;
}

/* Whether a step of the logit is lost in the spacing of doubles at the pair */
static bool
IsBelowSpacing(double step, UnitPair pair)
{
	return fabs(step) <= 2 * DBL_EPSILON ||
		fabs(step) * fmin(pair.x, pair.y) <= SMALLEST_DOUBLE;
}

/*
 * StartLogit: where the search for the quantile p <= 1/2 begins, as log(x / y).
 *
 * For shapes above 1 the normal approximation [AS 26.5.22]. Otherwise where
 * x^a / (a B(a, b)), the tail's behaviour for x -> 0, reaches p; B(a, b) follows
 * from the density at the mean, x = a / n.
 */
static double
StartLogit(double p, double a, double b)
{
	BetaPoint	point = MakeBetaPoint(0.5, 0.5, a, b);
	double		z;
	double		a_part;
	double		b_part;
	double		h;
	double		lambda;
	double		w;

	if (a <= 1 || b <= 1)
	{
		double		log_powers = -a * log(point.n / a) - b * log1p(a / b);
		double		log_a_beta = log_powers - log(MeanDensity(&point) / a);

		return (log(p) + log_a_beta) / a;
	}

	z = NormalQuantileUpper(p);
	a_part = 1 / (2 * a - 1);
	b_part = 1 / (2 * b - 1);
	h = 2 / (a_part + b_part);
	lambda = (z * z - 3) / 6;
	w = z * sqrt(h + lambda) / h -
		(b_part - a_part) * (lambda + 5.0 / 6 - 2 / (3 * h));
	return log(a / b) - 2 * w;
}

/*
 * LogRatio: log(tail / p).
 *
 * Close to 1 the difference is exact while the logarithms would be coarse.
 */
static double
LogRatio(BetaTails tails, double p)
{
	if (tails.lower > 0.5 * p && tails.lower < 2 * p)
		return log1p((tails.lower - p) / p);
	return tails.log_lower - log(p);
}

/*
 * LowerQuantile: the x (and 1 - x) below which lies p, for p in (0, 1/2].
 *
 * As the density of log(x / y) is log-concave, so is its tail: the logarithm of the
 * tail is a concave, increasing function of log(x / y), and Newton's method on it
 * needs no bracket. Whatever the start, the first step leads below the root, and
 * from there the steps approach it steadily. Halley's third-order correction is
 * used where it changes the step by less than a factor of two; else the Newton
 * step is taken as it is. 1 to 4 steps are usual for shapes above 1, a dozen for
 * shapes around 0.001; should max_steps not suffice, the result is NaN.
 */
static UnitPair
LowerQuantile(double p, double a, double b)
{
	const int	max_steps = 200;
	const double last_error = 1e-6; /* Halley leaves its cube, 1e-18 */
	UnitPair	failed = {NAN, NAN};
	UnitPair	pair = PairFromLogit(StartLogit(p, a, b));
	int			i;

	if (IsAtEnd(pair))
		pair = LastBeforeEnd(pair);

	for (i = 0; i < max_steps; i++)
	{
		BetaPoint	point = MakeBetaPoint(pair.x, pair.y, a, b);
		BetaTails	tails = BetaTailsAt(&point);
		double		error = LogRatio(tails, p);
		double		step = -error / tails.slope;
		double		correction = 1 - 0.5 * step * (point.excess + tails.slope);
		UnitPair	next;

		if (!(fabs(step) < INFINITY))
			return failed;
		if (correction > 0.5 && correction < 2)
			step /= correction;

		next = ShiftLogit(pair, step);
		if (IsAtEnd(next))
		{
			/* past the last double, twice: the quantile itself is there */
			if (fmin(pair.x, pair.y) <= SMALLEST_DOUBLE)
				return next;
			next = LastBeforeEnd(next);
		}
		else if (fabs(error) <= last_error || IsBelowSpacing(step, pair))
			return next;
		pair = next;
	}
	return failed;
}

/*
 * QuantileOfTails: the x with lower tail p and upper tail q, where the smaller one
 * of the two is exact.
 */
static double
QuantileOfTails(double p, double q, double a, double b)
{
	if (!AreShapesInRange(a, b) || !(p >= 0 && q >= 0))
		return NAN;
	if (p == 0 || q == 0)
		return p == 0 ? 0 : 1;
	return p <= q ? LowerQuantile(p, a, b).x : LowerQuantile(q, b, a).y;
}

/*
 * BetaQuantile: x with P(X < x) = p for the beta distribution with shapes a and b.
 *
 * p in [0, 1], shapes in BETA_MIN_SHAPE..BETA_MAX_SHAPE; NaN otherwise, for NaN, and
 * if the search should fail. The relative error of x, and of 1 - x up to the
 * spacing of doubles, is that of the tail divided by its slope: a few DBL_EPSILON
 * for shapes above 1 (1e-13 at p = 1e-280), divided by a for a small shape a.
 * A quantile below the smallest double is 0.
 */
double
BetaQuantile(double p, double a, double b)
{
	return QuantileOfTails(p, 1 - p, a, b);
}

/*
 * BetaQuantileUpper: x with P(X > x) = q. Range and accuracy as for BetaQuantile.
 */
double
BetaQuantileUpper(double q, double a, double b)
{
	return QuantileOfTails(1 - q, q, a, b);
}
