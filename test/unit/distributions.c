/*
 * distributions.c
 *	  Unit test of src/distributions.c, without a server. `make unitcheck` builds and
 *	  runs it; it prints TAP and exits with 1 if anything fails.
 *
 * Reference values: published ones are marked with their source. All others were
 * computed with mpmath in arithmetic of at least 50 digits, for the double nearest to
 * the argument shown, and rounded to 17 digits: normal tails from erfc, quantiles by
 * Newton's method on those, beta tails by numerical integration of the density
 * (for shapes below 1 from the hypergeometric function), beta quantiles by Newton's
 * method on those.
 */
#include "distributions.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#define LENGTH(array)	((int) (sizeof(array) / sizeof((array)[0])))

static int	tests = 0;
static int	failures = 0;

/* Report one test */
static void
Ok(bool passed, const char *format,...)
{
	va_list		args;

	tests++;
	if (!passed)
		failures++;
	printf("%sok %d - ", passed ? "" : "not ", tests);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

/*
 * How far a result may be off, relatively. Far out in a tail, the logarithm of the
 * result is what is known to double precision.
 */
static double
Tolerance(double expected)
{
	return fabs(expected) < 1e-30 ? 1e-12 : 1e-13;
}

/* Whether two numbers agree to a relative tolerance; false for NaN */
static bool
IsNear(double result, double expected, double tolerance)
{
	return fabs(result - expected) <= tolerance * fabs(expected);
}

/* The larger one of two errors; fmax would overlook NaN */
static double
Worse(double worst, double error)
{
	return isnan(worst) || error <= worst ? worst : error;
}

/* Report whether a result is as expected, and what it is if not */
static void
OkNear(double result, double expected, double tolerance, const char *what)
{
	bool		passed = IsNear(result, expected, tolerance);

	Ok(passed, "%s = %.17g", what, expected);
	if (!passed)
		printf("# got %.17g, relative error %g\n", result, result / expected - 1);
}

/* ----------
 * The normal distribution
 * ----------
 */

typedef struct Pair
{
	double		argument;
	double		expected;
} Pair;

/* z, P(Z > z) */
static const Pair normal_upper_tails[] = {
	{-8, 0.99999999999999938},
	{-3, 0.99865010196836991},
	{-1, 0.84134474606854295},
	{-0.1, 0.53982783727702898},
	{-1e-10, 0.50000000003989423},
	{0, 0.5},
	{1e-10, 0.49999999996010577},
	{0.1, 0.46017216272297102},
	{0.5, 0.3085375387259869},
	{1, 0.15865525393145705},
	{1.5, 0.066807201268858066},
	{2, 0.022750131948179207},
	{3, 0.0013498980316300945},
	{4, 3.1671241833119921e-5},
	{6.361340902404056, 1.0000000000000033e-10},
	{8, 6.2209605742717841e-16},
	{10, 7.6198530241605261e-24},
	{15, 3.6709661993127509e-51},
	{20, 2.7536241186062337e-89},
	{25, 3.0566967063825609e-138},
	{30, 4.9067139271481871e-198},
	{35, 1.1249107064724062e-268},
	{37, 5.7255712225245768e-300}
};

/* q, z with P(Z > z) = q */
static const Pair normal_upper_quantiles[] = {
	{0.49999999999999, 2.5046247822045902e-14},
	{0.4999999, 2.5066282747031065e-7},
	{0.499, 0.0025066308995717662},
	{0.4, 0.25334710313579974},
	{0.26, 0.64334540539291694},
	{0.25, 0.67448975019608174},
	{0.24, 0.70630256284008748},
	{0.1, 1.2815515655446004},
	{0.05, 1.6448536269514727},
	{0.01, 2.3263478740408411},
	{1e-3, 3.0902323061678135},
	{1e-5, 4.2648907939228246},
	{1e-10, 6.3613409024040562},
	{1e-16, 8.2220822161304356},
	{1e-20, 9.2623400897984076},
	{1e-50, 14.933337534788489},
	{1e-100, 21.273453560965324},
	{1e-200, 30.205594179579643},
	{1e-300, 37.047096299361199},
	{0.6, -0.25334710313579974},
	{0.75, -0.67448975019608174},
	{0.9, -1.2815515655446006},
	{0.99, -2.3263478740408408},
	{0.9999999999, -6.3613408896974219}
};

/* confidence, z with P(-z < Z < z) = confidence */
static const Pair normal_critical_values[] = {
	{1e-20, 1.2533141373155002e-20},
	{1e-5, 1.253314137348312e-5},
	{0.1, 0.12566134685507404},
	{0.5, 0.67448975019608174},
	{0.6826894921370859, 0.99999999999999991},
	{0.8, 1.2815515655446006},
	{0.9, 1.6448536269514728},
	{0.95, 1.9599639845400539},
	{0.99, 2.5758293035489005},
	{0.999, 3.2905267314918945},
	{0.9999999999, 6.466951074732419}
};

/* Published: q, z with P(Z > z) = q, the usual critical values as R's qnorm prints them */
static const Pair published_quantiles[] = {
	{0.1, 1.2815515655446004},
	{0.05, 1.6448536269514722},
	{0.025, 1.959963984540054},
	{0.01, 2.3263478740408408},
	{0.005, 2.5758293035489004},
	{0.001, 3.090232306167813},
	{0.0005, 3.2905267314918945}
};

static void
TestNormal(void)
{
	char		what[80];
	int			i;

	for (i = 0; i < LENGTH(normal_upper_tails); i++)
	{
		const Pair *row = &normal_upper_tails[i];

		snprintf(what, sizeof(what), "NormalUpperTail(%g)", row->argument);
		OkNear(NormalUpperTail(row->argument), row->expected, 1e-14, what);
		if (row->argument >= 0)
		{
			snprintf(what, sizeof(what), "NormalTwoSided(%g)", -row->argument);
			OkNear(NormalTwoSided(-row->argument), 2 * row->expected, 1e-14, what);
		}
	}
	for (i = 0; i < LENGTH(normal_upper_quantiles); i++)
	{
		const Pair *row = &normal_upper_quantiles[i];

		snprintf(what, sizeof(what), "NormalQuantileUpper(%.16g)", row->argument);
		OkNear(NormalQuantileUpper(row->argument), row->expected, 2e-15, what);
	}
	for (i = 0; i < LENGTH(published_quantiles); i++)
	{
		const Pair *row = &published_quantiles[i];

		snprintf(what, sizeof(what), "published NormalQuantileUpper(%g)", row->argument);
		OkNear(NormalQuantileUpper(row->argument), row->expected, 2e-15, what);
	}
	for (i = 0; i < LENGTH(normal_critical_values); i++)
	{
		const Pair *row = &normal_critical_values[i];

		snprintf(what, sizeof(what), "NormalCriticalValue(%.16g)", row->argument);
		OkNear(NormalCriticalValue(row->argument), row->expected, 2e-15, what);
	}
}

static void
TestNormalEdges(void)
{
	Ok(NormalUpperTail(INFINITY) == 0 && NormalUpperTail(-INFINITY) == 1, "normal tails at infinity");
	Ok(NormalUpperTail(40) == 0 && NormalUpperTail(-40) == 1, "normal tails beyond the doubles");
	Ok(NormalUpperTail(38) > 0 && NormalUpperTail(38) < DBL_MIN,
	   "normal tail among the smallest doubles");
	Ok(NormalTwoSided(0) == 1 && NormalTwoSided(INFINITY) == 0 && NormalTwoSided(-INFINITY) == 0,
	   "NormalTwoSided at 0 and at infinity");
	Ok(isnan(NormalUpperTail(NAN)) && isnan(NormalTwoSided(NAN)), "normal tails of NaN are NaN");

	Ok(NormalQuantileUpper(0) == INFINITY && NormalQuantileUpper(1) == -INFINITY,
	   "NormalQuantileUpper at 0 and 1");
	Ok(NormalQuantileUpper(0.5) == 0, "NormalQuantileUpper(0.5) is 0");
	Ok(isnan(NormalQuantileUpper(-0.1)) && isnan(NormalQuantileUpper(1.1)) &&
	   isnan(NormalQuantileUpper(INFINITY)) && isnan(NormalQuantileUpper(NAN)),
	   "NormalQuantileUpper outside [0, 1] and of NaN is NaN");
	Ok(IsNear(NormalQuantileUpper(4.9406564584124654e-324), 38.4674, 1e-5),
	   "NormalQuantileUpper of the smallest double");

	Ok(NormalCriticalValue(0) == 0 && NormalCriticalValue(1) == INFINITY,
	   "NormalCriticalValue at 0 and 1");
	Ok(isnan(NormalCriticalValue(-0.1)) && isnan(NormalCriticalValue(1.1)) &&
	   isnan(NormalCriticalValue(NAN)), "NormalCriticalValue outside [0, 1] and of NaN is NaN");
}

/* z -> tail -> z, and both strictly monotonic, over 300 powers of ten */
static void
TestNormalGrid(void)
{
	double		worst = 0;
	bool		is_monotonic = true;
	double		previous = INFINITY;
	double		exponent;

	for (exponent = -300; exponent < -0.31; exponent += 0.37)
	{
		double		q = pow(10, exponent);
		double		z = NormalQuantileUpper(q);

		/* the tail is z^2 times as sensitive as the quantile */
		worst = Worse(worst, fabs(NormalUpperTail(z) / q - 1) / (1 + z * z));
		is_monotonic &= z < previous && NormalUpperTail(z) > NormalUpperTail(previous);
		previous = z;
	}
	Ok(worst < 1e-15, "normal tail of quantile is the argument, 1e-300 to 0.5");
	Ok(is_monotonic, "normal quantile and tail are monotonic");
}

/* ----------
 * The beta distribution
 * ----------
 */

typedef struct BetaTailRow
{
	double		x;
	double		a;
	double		b;
	double		lower;
	double		upper;
} BetaTailRow;

static const BetaTailRow beta_tails[] = {
	{0.5, 0.5, 0.5, 0.5, 0.5},
	{0.25, 0.5, 0.5, 0.33333333333333333, 0.66666666666666667},
	{1e-10, 0.5, 0.5, 6.3661977237819168e-6, 0.99999363380227622},
	{0.3, 2, 3, 0.34829999999999998, 0.65170000000000002},
	{0.7, 2, 3, 0.91629999999999997, 0.083700000000000034},
	{0.1, 10, 1, 1.0000000000000006e-10, 0.9999999999},
	{0.999, 1, 0.001, 0.0068839515790662277, 0.99311604842093377},
	{0.01, 0.001, 0.001, 0.49770851826329579, 0.50229148173670421},
	{0.9999, 0.001, 0.001, 0.50458316437033385, 0.49541683562966615},
	{0.5, 0.001, 1000, 1.0, 1.8773732655583772e-307},
	{1e-200, 0.001, 5, 0.63227275935691286, 0.36772724064308714},
	{0.999999, 1000, 0.001, 0.0063128487285742675, 0.99368715127142573},
	{0.5, 0.1, 0.9, 0.92273922492136904, 0.077260775078630957},
	{0.05, 0.7, 12, 0.61466365849996246, 0.38533634150003754},
	{0.95, 12, 0.7, 0.38533634150003729, 0.61466365849996271},
	{0.2, 3, 40, 0.99444382697761905, 0.0055561730223809458},
	{0.5, 3, 40, 0.9999999997944542, 2.0554580260068178e-10},
	{0.3, 82, 183, 0.37565629490014061, 0.62434370509985939},
	{0.9, 82, 183, 1.0, 5.3547600367550553e-118},
	{0.001, 82, 183, 4.8288932557947773e-177, 1.0},
	{0.5, 999, 999, 0.5, 0.5},
	{0.5, 1001, 1001, 0.5, 0.5},
	{0.45, 1001, 1001, 3.6446922508206198e-6, 0.99999635530774918},
	{0.55, 1001, 1001, 0.99999635530774918, 3.6446922508205342e-6},
	{0.35, 1000, 2000, 0.97290450431688492, 0.027095495683115079},
	{1e-9, 3, 1e9, 0.080301397347303789, 0.91969860265269621},
	{2e-8, 3, 1e9, 0.99999954448514013, 4.5551485986816953e-7},
	{5e-5, 49, 1e6, 0.57526855491216093, 0.42473144508783907},
	{5e-4, 490, 1e6, 0.68252499510906916, 0.31747500489093084},
	{0.9999999, 1e9, 60, 6.341482243283789e-6, 0.99999365851775672},
	{1e-6, 1200, 1e9, 4.6852585210476788e-10, 0.99999999953147415},
	{2e-6, 1200, 1e9, 1.0, 1.0432508025825764e-83},
	{0.5, 1e9, 1e9, 0.5, 0.5},
	{0.50001, 1e9, 1e9, 0.814453315231583, 0.185546684768417},
	{0.4999, 1e9, 1e9, 1.8720471951494254e-19, 1.0},
	{0.4996, 1e9, 1e9, 1.25432213721452e-280, 1.0},
	{0.3, 3e8, 7e8, 0.50000367061739987, 0.49999632938260013},
	{0.30001, 3e8, 7e8, 0.75492503510839172, 0.24507496489160828},
	{0.5, 1e12, 1e12, 0.5, 0.5},
	{0.5000005, 1e12, 1e12, 0.92135039645780863, 0.07864960354219137},
	{0.499987, 1e12, 1e12, 2.8315955617916284e-296, 1.0},
	{0.000001001, 1e6, 1e12, 0.84158683744069391, 0.15841316255930609},
	{1e-12, 1, 1e12, 0.63212055882874161, 0.36787944117125839},
	{1e-15, 0.5, 1e12, 0.035670591729675439, 0.96432940827032456},
	{0.5, 1000000000000.1, 999999999999.3, 0.49999977434482782, 0.50000022565517218},
	{0.5000001, 1000000000000.1, 999999999999.3, 0.61135107774102276, 0.38864892225897724},
	{1e-12, 1e-6, 3, 0.99997386931967124, 2.6130680328755382e-5},
	{1e-8, 1e-6, 1000, 0.99998906383910491, 1.0936160895089936e-5},
	{0.99999, 1000, 1e-6, 4.0384123921234677e-6, 0.99999596158760788},
	{1e-322, 0.0015, 0.008, 0.27692815819258723, 0.72307184180741277}
};

typedef struct BetaQuantileRow
{
	double		p;
	double		a;
	double		b;
	double		x;
} BetaQuantileRow;

/* p, a, b, x with P(X < x) = p */
static const BetaQuantileRow beta_quantiles[] = {
	{0.025, 0.5, 0.5, 0.0015413331334360121},
	{0.975, 0.5, 0.5, 0.99845866686656399},
	{1e-10, 2, 3, 4.0824940158083329e-6},
	{0.5, 2, 3, 0.38572756813238955},
	{0.999999, 2, 3, 0.99369042632979451},
	{0.025, 1, 10, 0.0025285785444617846},
	{0.025, 5, 6, 0.18708602844739853},
	{0.975, 6, 5, 0.81291397155260143},
	{0.025, 81, 183, 0.25273674558527116},
	{0.975, 82, 182, 0.36762192260135135},
	{0.0005, 300, 701, 0.2534743152391703},
	{0.1, 0.01, 0.5, 3.9356722459744779e-100},
	{0.6, 0.01, 0.01, 0.99999999979957235},
	{0.99, 0.02, 7, 0.082149227088829067},
	{1e-100, 10, 20, 1.8613664570690322e-11},
	{1e-300, 1.1, 88, 2.2178788526105115e-275},
	{0.025, 999, 5001, 0.15718073899082389},
	{0.025, 5001, 999, 0.82397016136026719},
	{0.5, 1000, 1000, 0.5},
	{0.025, 1e6, 3e6, 0.249575773831608},
	{0.025, 1e9, 1e9, 0.49997808693649337},
	{0.975, 1e9, 3, 0.99999999938132788},
	{0.025, 3, 1e9, 6.1867212208555158e-10},
	{1e-12, 1e12, 1e12, 0.49999751293439251},
	{0.7, 1e12, 5e11, 0.66666686850857182}
};

/* q, a, b, x with P(X > x) = q */
static const BetaQuantileRow beta_upper_quantiles[] = {
	{0.025, 0.5, 0.5, 0.99845866686656399},
	{0.975, 0.5, 0.5, 0.0015413331334360146},
	{1e-10, 2, 3, 0.99970757684679055},
	{0.5, 2, 3, 0.38572756813238955},
	{0.999999, 2, 3, 4.0835946021013022e-4},
	{0.025, 1, 10, 0.30849710781876082},
	{0.025, 5, 6, 0.73762192339305492},
	{0.975, 6, 5, 0.26237807660694512},
	{0.025, 81, 183, 0.36367197761346736},
	{0.975, 82, 182, 0.25630822208901381},
	{0.0005, 300, 701, 0.34854223455241353},
	{0.1, 0.01, 0.5, 1.0453155073519246e-4},
	{0.6, 0.01, 0.01, 2.0042764886340236e-10},
	{0.99, 0.02, 7, 8.757649078748633e-102},
	{1e-100, 10, 20, 0.99999553349038924},
	{1e-300, 1.1, 88, 0.99961234049709263},
	{0.025, 999, 5001, 0.17602983863973281},
	{0.025, 5001, 999, 0.84281926100917611},
	{0.5, 1000, 1000, 0.5},
	{0.025, 1e6, 3e6, 0.25042446295662486},
	{0.025, 1e9, 1e9, 0.50002191306350663},
	{0.975, 1e9, 3, 0.99999999277531237},
	{0.025, 3, 1e9, 7.2246876344012173e-9},
	{1e-12, 1e12, 1e12, 0.50000248706560749},
	{0.7, 1e12, 5e11, 0.66666646482486892}
};

static void
TestBetaTails(void)
{
	char		what[80];
	int			i;

	for (i = 0; i < LENGTH(beta_tails); i++)
	{
		const BetaTailRow *row = &beta_tails[i];

		snprintf(what, sizeof(what), "BetaLowerTail(%.10g, %g, %g)", row->x, row->a, row->b);
		OkNear(BetaLowerTail(row->x, row->a, row->b), row->lower, Tolerance(row->lower), what);
		snprintf(what, sizeof(what), "BetaUpperTail(%.10g, %g, %g)", row->x, row->a, row->b);
		OkNear(BetaUpperTail(row->x, row->a, row->b), row->upper, Tolerance(row->upper), what);
	}
}

/* Where a shape is 1 or both are 1/2, the tails are elementary functions */
static void
TestBetaClosedForms(void)
{
	static const double shapes[] = {1e-6, 1e-3, 0.3, 1, 2, 17, 999, 12345, 1e7};
	double		worst = 0;
	int			i;
	double		x;

	for (i = 0; i < LENGTH(shapes); i++)
	{
		double		b = shapes[i];

		for (x = 0.001; x < 1; x += 0.0107)
		{
			double		lower = -expm1(b * log1p(-x));
			double		upper = exp(b * log1p(-x));

			worst = Worse(worst, fabs(BetaLowerTail(x, 1, b) / lower - 1));
			if (upper > 1e-280)
				worst = Worse(worst, fabs(BetaUpperTail(x, 1, b) / upper - 1));
		}
	}
	Ok(worst < 5e-13, "tails of beta(1, b) are powers");

	worst = 0;
	for (x = 0.001; x < 1; x += 0.0107)
	{
		double		lower = asin(sqrt(x)) * 2 / 3.14159265358979324;

		worst = Worse(worst, fabs(BetaLowerTail(x, 0.5, 0.5) / lower - 1));
	}
	Ok(worst < 1e-14, "beta(1/2, 1/2) is the arcsine distribution");
}

static void
TestBetaQuantiles(void)
{
	char		what[80];
	int			i;

	for (i = 0; i < LENGTH(beta_quantiles); i++)
	{
		const BetaQuantileRow *row = &beta_quantiles[i];

		snprintf(what, sizeof(what), "BetaQuantile(%g, %g, %g)", row->p, row->a, row->b);
		OkNear(BetaQuantile(row->p, row->a, row->b), row->x, Tolerance(row->x), what);
	}
	for (i = 0; i < LENGTH(beta_upper_quantiles); i++)
	{
		const BetaQuantileRow *row = &beta_upper_quantiles[i];

		snprintf(what, sizeof(what), "BetaQuantileUpper(%g, %g, %g)", row->p, row->a, row->b);
		OkNear(BetaQuantileUpper(row->p, row->a, row->b), row->x, Tolerance(row->x), what);
	}
}

/*
 * Published Clopper-Pearson limits, confidence 0.95, as printed: successes, n, limits
 * and the unit of their last digit. 81 of 263 is Newcombe's example (R. G. Newcombe,
 * Two-sided confidence intervals for the single proportion, Statistics in Medicine
 * 17 (1998) 857-872, table I), 5 of 25 is from the tables of W. J. Conover, Practical
 * Nonparametric Statistics, 3rd edition 1999; those of 10 are what R's binom.test prints.
 */
static const struct
{
	int			successes;
	int			n;
	double		low;
	double		high;
	double		unit;
}			clopper_pearson[] =
{
	{0, 10, 0, 0.3084971078, 1e-10},
	{5, 10, 0.1870860284, 0.8129139716, 1e-10},
	{10, 10, 0.6915028922, 1, 1e-10},
	{81, 263, 0.2527, 0.3676, 1e-4},
	{5, 25, 0.068, 0.407, 1e-3}
};

static void
TestClopperPearson(void)
{
	int			i;

	for (i = 0; i < LENGTH(clopper_pearson); i++)
	{
		int			k = clopper_pearson[i].successes;
		int			n = clopper_pearson[i].n;
		double		half = 0.5 * clopper_pearson[i].unit;
		double		low = k == 0 ? 0 : BetaQuantile(0.025, k, n - k + 1);
		double		high = k == n ? 1 : BetaQuantileUpper(0.025, k + 1, n - k);

		Ok(fabs(low - clopper_pearson[i].low) <= half &&
		   fabs(high - clopper_pearson[i].high) <= half,
		   "published Clopper-Pearson limits of %d out of %d", k, n);
	}
}

/*
 * IsQuantile: whether x, moved by 1e-12 of itself to either side, has p between its tails,
 * `sign` being 1 for lower tails and -1 for upper ones.
 */
static bool
IsQuantile(double x, double p, double a, double b, int sign)
{
	double		(*tail) (double, double, double) = sign > 0 ? BetaLowerTail : BetaUpperTail;
	double		spacing = 1e-322;	/* near the smallest double, 1e-12 of x is nothing */
	double		before = tail(fmax(0, x * (1 - 1e-12) - spacing), a, b);
	double		after = tail(fmin(1, x * (1 + 1e-12) + spacing), a, b);

	return !isnan(x) && sign * (p - before) >= -1e-12 * p && sign * (after - p) >= -1e-12 * p;
}

static const double grid_shapes[] = {
	1e-3, 0.03, 0.5, 0.999, 1, 1.001, 2.5, 14.9, 82, 999, 1000, 1e4, 1e6, 1e9, 1e12
};
static const double grid_probabilities[] = {
	1e-300, 1e-100, 1e-12, 0.0005, 0.025, 0.3, 0.5, 0.7, 0.975, 0.999999999
};

static void
TestBetaRoundTrips(void)
{
	int			i;
	int			j;
	int			k;

	for (i = 0; i < LENGTH(grid_shapes); i++)
	{
		double		a = grid_shapes[i];
		int			wrong = 0;
		int			disordered = 0;

		for (j = 0; j < LENGTH(grid_shapes); j++)
		{
			double		b = grid_shapes[j];
			double		below = 0;
			double		above = 1;

			for (k = 0; k < LENGTH(grid_probabilities); k++)
			{
				double		p = grid_probabilities[k];
				double		x = BetaQuantile(p, a, b);
				double		upper_x = BetaQuantileUpper(p, a, b);

				wrong += !IsQuantile(x, p, a, b, 1) + !IsQuantile(upper_x, p, a, b, -1);
				disordered += !(x >= below && upper_x <= above);
				below = x;
				above = upper_x;
			}
		}
		Ok(wrong == 0, "beta quantiles lead back to their probability to 1e-12, a = %g", a);
		Ok(disordered == 0, "beta quantiles are monotonic, a = %g", a);
	}
}

/* Along x the methods change; no seam may show, nor may the tails miss 1 */
static void
TestBetaMonotonicity(void)
{
	const int	steps = 2000;
	int			i;
	int			j;
	int			k;

	for (i = 0; i < LENGTH(grid_shapes); i++)
	{
		double		a = grid_shapes[i];
		int			disordered = 0;
		double		worst_sum = 0;

		for (j = 0; j < LENGTH(grid_shapes); j++)
		{
			double		b = grid_shapes[j];
			double		first = BetaQuantile(1e-9, a, b);
			double		last = BetaQuantileUpper(1e-9, a, b);
			double		lower_before = 0;
			double		upper_before = 1;

			for (k = 0; k <= steps; k++)
			{
				double		x = first + (last - first) * k / steps;
				double		lower = BetaLowerTail(x, a, b);
				double		upper = BetaUpperTail(x, a, b);

				/* neighbours that differ by less than rounding may change places */
				disordered += !(lower >= lower_before * (1 - 2e-14));
				disordered += !(upper <= upper_before * (1 + 2e-14));
				worst_sum = Worse(worst_sum, fabs(lower + upper - 1));
				lower_before = lower;
				upper_before = upper;
			}
		}
		Ok(disordered == 0, "beta tails are monotonic in x, a = %g", a);
		Ok(worst_sum < 1e-15, "beta tails add up to 1, a = %g", a);
	}
}

/* The methods also change with the shapes */
static void
TestBetaSeams(void)
{
	static const double seams[] = {1, 14, 15, 1000};
	int			i;
	int			j;

	for (i = 0; i < LENGTH(seams); i++)
	{
		double		worst = 0;

		for (j = 0; j < LENGTH(grid_shapes); j++)
		{
			double		b = grid_shapes[j];
			double		x = BetaQuantile(0.2, seams[i], b);
			double		here = BetaLowerTail(x, seams[i], b);
			double		step = 1e-10;
			double		back = BetaLowerTail(x, seams[i] * (1 - step), b);
			double		ahead = BetaLowerTail(x, seams[i] * (1 + step), b);

			/* on a smooth curve the two differences agree */
			worst = Worse(worst, fabs((back - here) - (here - ahead)) / here);
		}
		Ok(worst < 3e-14, "beta tails have no seam at a = %g", seams[i]);
	}
}

static void
TestBetaEdges(void)
{
	static const double bad_shapes[] = {0, -1, NAN, INFINITY, BETA_MIN_SHAPE / 2, BETA_MAX_SHAPE * 2};
	static const double bad_units[] = {-1e-9, 1.000000001, NAN, INFINITY, -INFINITY};
	static const struct
	{
		double		p;
		double		a;
		double		b;
	}			near_end[] =
	{
		{2.1064463039479704e-286, 1.1036734939914268, 88.164516328507091},
		{0.64161568158306181, 0.00062299705298756922, 108770.65759391749},
		{6.451320424226921e-64, 0.19744881992673466, 19.28448545444153},
		{2.8031214559858235e-253, 0.78305546257670355, 4.1344725957744579}
	};
	int			i;

	Ok(BetaLowerTail(0, 2, 3) == 0 && BetaLowerTail(1, 2, 3) == 1, "BetaLowerTail at 0 and 1");
	Ok(BetaUpperTail(0, 2, 3) == 1 && BetaUpperTail(1, 2, 3) == 0, "BetaUpperTail at 0 and 1");
	Ok(BetaQuantile(0, 2, 3) == 0 && BetaQuantile(1, 2, 3) == 1, "BetaQuantile at 0 and 1");
	Ok(BetaQuantileUpper(0, 2, 3) == 1 && BetaQuantileUpper(1, 2, 3) == 0,
	   "BetaQuantileUpper at 0 and 1");
	for (i = 0; i < LENGTH(bad_units); i++)
	{
		double		bad = bad_units[i];

		Ok(isnan(BetaLowerTail(bad, 2, 3)) && isnan(BetaUpperTail(bad, 2, 3)) &&
		   isnan(BetaQuantile(bad, 2, 3)) && isnan(BetaQuantileUpper(bad, 2, 3)),
		   "beta functions of the argument %.10g are NaN", bad);
	}
	for (i = 0; i < LENGTH(bad_shapes); i++)
	{
		double		bad = bad_shapes[i];

		Ok(isnan(BetaLowerTail(0.5, bad, 3)) && isnan(BetaLowerTail(0.5, 3, bad)) &&
		   isnan(BetaUpperTail(0.5, bad, 3)) && isnan(BetaUpperTail(0.5, 3, bad)) &&
		   isnan(BetaQuantile(0.5, bad, 3)) && isnan(BetaQuantile(0.5, 3, bad)) &&
		   isnan(BetaQuantileUpper(0.5, bad, 3)) && isnan(BetaQuantileUpper(0.5, 3, bad)),
		   "beta functions of the shape %g are NaN", bad);
	}

	Ok(BetaQuantile(0.025, 1e-3, 5) == 0, "a beta quantile below the smallest double is 0");
	Ok(BetaQuantileUpper(0.025, 5, 1e-3) == 1, "a beta quantile above the largest below 1 is 1");
	for (i = 0; i < LENGTH(near_end); i++)
	{
		double		p = near_end[i].p;
		double		a = near_end[i].a;
		double		b = near_end[i].b;

		Ok(IsQuantile(BetaQuantile(p, a, b), p, a, b, 1),
		   "BetaQuantile(%g, %g, %g), whose search comes close to 0", p, a, b);
	}
	Ok(IsQuantile(BetaQuantile(1e-184, 8.4306813639695831e18, 1.0047406023120749e19),
				  1e-184, 8.4306813639695831e18, 1.0047406023120749e19, 1),
	   "a beta quantile where neighbouring doubles have clearly different tails");
	Ok(BetaQuantile(0.5, BETA_MAX_SHAPE, BETA_MAX_SHAPE) == 0.5 &&
	   IsNear(BetaLowerTail(0.5, BETA_MAX_SHAPE, BETA_MAX_SHAPE), 0.5, 1e-14), "largest shapes");
	Ok(IsNear(BetaLowerTail(0.3, BETA_MIN_SHAPE, BETA_MIN_SHAPE), 0.5, 1e-13), "smallest shapes");
}

/* Tables of t, and the closed forms for one and two degrees of freedom */
static void
TestStudent(void)
{
	static const struct
	{
		double		confidence;
		double		df;
		double		t;
	}			published[] =
	{
		{0.95, 1, 12.706204736174698}, {0.95, 2, 4.302652729696142}, {0.95, 5, 2.5705818356363141},
		{0.95, 10, 2.2281388519649385}, {0.95, 30, 2.0422724563012373}, {0.95, 100, 1.9839715184496334},
		{0.99, 4, 4.6040948713415873}, {0.90, 7, 1.8945786050900069}
	};
	static const double levels[] = {1e-6, 0.1, 0.5, 0.8, 0.95, 0.999, 0.999999};
	int			i;

	for (i = 0; i < LENGTH(published); i++)
		Ok(IsNear(StudentCriticalValue(published[i].confidence, published[i].df), published[i].t, 1e-9),
		   "t of %g with %g degrees of freedom", published[i].confidence, published[i].df);
	for (i = 0; i < LENGTH(levels); i++)
	{
		double		c = levels[i];

		Ok(IsNear(StudentCriticalValue(c, 1), tan(acos(-1) * c / 2), 1e-9), "t of %g, df 1: tan(pi c / 2)", c);
		Ok(IsNear(StudentCriticalValue(c, 2), c * sqrt(2 / (1 - c * c)), 1e-9), "t of %g, df 2", c);
		Ok(IsNear(StudentCriticalValue(c, 9.9e9), NormalCriticalValue(c), 1e-8) &&
		   StudentCriticalValue(c, 1e12) == NormalCriticalValue(c), "t of %g, many degrees of freedom: normal", c);
	}
	Ok(isnan(StudentCriticalValue(0.95, 0)) && isnan(StudentCriticalValue(0.95, NAN)) &&
	   isnan(StudentCriticalValue(0.95, -1)), "t without degrees of freedom is NaN");
}

int
main(void)
{
	TestNormal();
	TestNormalEdges();
	TestNormalGrid();
	TestBetaTails();
	TestBetaClosedForms();
	TestBetaQuantiles();
	TestClopperPearson();
	TestBetaRoundTrips();
	TestBetaMonotonicity();
	TestBetaSeams();
	TestBetaEdges();
	TestStudent();
	printf("1..%d\n", tests);
	return failures == 0 ? 0 : 1;
}
