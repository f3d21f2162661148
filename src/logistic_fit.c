/*
 * logistic_fit.c
 *	  Fitting a logistic regression by Newton's method, without a server.
 *
 * The log-likelihood sum(y eta - ln(1 + exp(eta))), eta = b0 + sum(b x), is concave;
 * Newton's method on it is iteratively reweighted least squares (McCullagh and Nelder,
 * Generalized Linear Models, 2nd edition 1989, sections 2.5 and 4.4). A step that
 * lowers it is halved, so that it rises to its maximum wherever there is one.
 *
 * The features are centered and scaled before, which changes the coefficients in a
 * way that is undone in the end: what is collinear can then be told from what is only
 * measured in large numbers.
 *
 * There is no maximum where a combination of the features separates the outcomes
 * (Albert and Anderson, Biometrika 71, 1984): the coefficients grow without end and
 * the log-likelihood only approaches its bound. Then each step improves it by e times
 * less than the one before, while near a maximum the improvement falls to its square.
 */
#include "logistic_fit.h"

#include <math.h>
#include <string.h>

#define BLOCK_ROWS LOGISTIC_BLOCK_ROWS
#define CACHE_LINE 64
#define MAX_ITERATIONS 100
#define MAX_HALVINGS 30

/*
 * Squared length of a step in standard errors from which on the next would be nothing
 * but rounding; how much shorter than the step before it then has to be; and the
 * square of a change of the Hessian that is not worth another pass.
 */
#define SMALL_STEP 1e-16
#define QUICK_DECREASE 1e-3
#define SMALL_CHANGE 1e-23

/* What is left of a feature's variance when others explain it: rounding, if less. */
#define COLLINEAR_REST 1e-11
#define SINGULAR_REST 1e-14
/* Features that take part in a combination, by their standardized coefficient. */
#define INVOLVED_WEIGHT 1e-5

#define MIN_RANGE 1e-290
#define MAX_RANGE 1e290

/* What every processor can take at once. */
typedef double TwoDoubles __attribute__((vector_size(16)));

/* A fit while it is computed. All coefficients here are those of standardized features. */
typedef struct Newton
{
	LogisticRows *rows;
	int			size;			/* of coefficients, with the intercept */
	double	   *center;			/* of each feature */
	double	   *inverse_scale;
	double	   *coefficients;
	double	   *candidate;
	double	   *step;
	double	   *gradient;
	double	   *hessian;		/* negative; lower triangle, by rows of size numbers */
	double	   *factor;			/* its Cholesky factor */
	double	   *columns;		/* a block of rows; the first column is 1 */
	double	   *weighted;		/* one column */
	double		log_likelihood;
} Newton;

/* How many numbers FitLogistic() needs to work with. */
size_t
LogisticWorkspace(int num_features)
{
	size_t		size = (size_t) num_features + 1;

	return 2 * size * size + size * (BLOCK_ROWS + 6) + BLOCK_ROWS;
}

/* Hand out the workspace. */
static void
PrepareNewton(Newton *newton, LogisticRows *rows, double *workspace)
{
	size_t		size = (size_t) rows->num_features + 1;

	newton->rows = rows;
	newton->size = (int) size;
	newton->center = workspace;
	newton->inverse_scale = newton->center + size;
	newton->coefficients = newton->inverse_scale + size;
	newton->candidate = newton->coefficients + size;
	newton->step = newton->candidate + size;
	newton->gradient = newton->step + size;
	newton->hessian = newton->gradient + size;
	newton->factor = newton->hessian + size * size;
	newton->columns = newton->factor + size * size;
	newton->weighted = newton->columns + size * BLOCK_ROWS;
}

/* ---- features of mean 0 and variance 1 ---- */

/* The first feature that has no range, or one that cannot be computed with. */
static LogisticStatus
CheckRanges(const LogisticRows *rows, int *feature)
{
	for (int j = 0; j < rows->num_features; j++)
	{
		double		range = rows->highest[j] - rows->lowest[j];

		*feature = j;
		if (rows->highest[j] == rows->lowest[j])
			return LOGISTIC_CONSTANT;
		if (!(range >= MIN_RANGE && range <= MAX_RANGE))
			return LOGISTIC_OUT_OF_RANGE;
	}
	return LOGISTIC_CONVERGED;
}

/*
 * Find the centers and scales. They need not be exact, because whatever is done to a
 * feature is undone: so simple sums do, of the features brought to 0..1.
 */
static void
FindScales(Newton *newton)
{
	LogisticRows *rows = newton->rows;
	int			num_features = rows->num_features;
	double		n = (double) rows->num_rows;
	double	   *sum = newton->step;
	double	   *sum_of_squares = newton->gradient;
	const double *row;
	size_t		num;

	memset(sum, 0, sizeof(double) * (size_t) num_features);
	memset(sum_of_squares, 0, sizeof(double) * (size_t) num_features);
	for (int j = 0; j < num_features; j++)
		newton->inverse_scale[j] = 1 / (rows->highest[j] - rows->lowest[j]);
	rows->rewind(rows);
	while ((num = rows->read(rows, &row)) > 0)
		for (; num > 0; num--, row += num_features + 1)
			for (int j = 0; j < num_features; j++)
			{
				double		u = (row[j + 1] - rows->lowest[j]) * newton->inverse_scale[j];

				sum[j] += u;
				sum_of_squares[j] += u * u;
			}
	for (int j = 0; j < num_features; j++)
	{
		double		mean = sum[j] / n;
		double		variance = sum_of_squares[j] / n - mean * mean;

		newton->center[j] = rows->lowest[j] + mean * (rows->highest[j] - rows->lowest[j]);
		/* of at least two different values out of n */
		newton->inverse_scale[j] /= sqrt(fmax(variance, 0.5 / (n * n)));
	}
}

/* ---- a pass over the rows ---- */

static inline TwoDoubles
LoadTwo(const double *from)
{
	TwoDoubles	two;

	memcpy(&two, from, sizeof(two));
	return two;
}

static inline void
StoreTwo(double *to, TwoDoubles two)
{
	memcpy(to, &two, sizeof(two));
}

static double
Dot(const double *a, const double *b)
{
	TwoDoubles	even = {0, 0};
	TwoDoubles	odd = {0, 0};

	for (int i = 0; i < BLOCK_ROWS; i += 4)
	{
		even += LoadTwo(a + i) * LoadTwo(b + i);
		odd += LoadTwo(a + i + 2) * LoadTwo(b + i + 2);
	}
	even += odd;
	return even[0] + even[1];
}

/*
 * Add the products of a column with each of several to sums: four at a time, so that a
 * number is loaded once for four, and each in two parts, so that an addition does not
 * wait for the one before.
 */
static void
AddDots(const double *a, const double *columns, int num_columns, double *sums)
{
	int			k = 0;

	for (; k + 4 <= num_columns; k += 4)
	{
		const double *b = columns + k * BLOCK_ROWS;
		TwoDoubles	even[4] = {{0, 0}, {0, 0}, {0, 0}, {0, 0}};
		TwoDoubles	odd[4] = {{0, 0}, {0, 0}, {0, 0}, {0, 0}};

		for (int i = 0; i < BLOCK_ROWS; i += 4)
		{
			TwoDoubles	x = LoadTwo(a + i);
			TwoDoubles	y = LoadTwo(a + i + 2);

			even[0] += x * LoadTwo(b + i);
			odd[0] += y * LoadTwo(b + i + 2);
			even[1] += x * LoadTwo(b + BLOCK_ROWS + i);
			odd[1] += y * LoadTwo(b + BLOCK_ROWS + i + 2);
			even[2] += x * LoadTwo(b + 2 * BLOCK_ROWS + i);
			odd[2] += y * LoadTwo(b + 2 * BLOCK_ROWS + i + 2);
			even[3] += x * LoadTwo(b + 3 * BLOCK_ROWS + i);
			odd[3] += y * LoadTwo(b + 3 * BLOCK_ROWS + i + 2);
		}
		for (int m = 0; m < 4; m++)
		{
			even[m] += odd[m];
			sums[k + m] += even[m][0] + even[m][1];
		}
	}
	for (; k < num_columns; k++)
		sums[k] += Dot(a, columns + k * BLOCK_ROWS);
}

/* The columns times the coefficients. */
static void
LinearPredictor(const double *columns, const double *coefficients, int num_columns, double *eta)
{
	for (int i = 0; i < BLOCK_ROWS; i += 4)
	{
		TwoDoubles	even = {0, 0};
		TwoDoubles	odd = {0, 0};

		for (int j = 0; j < num_columns; j++)
		{
			const double *column = columns + j * BLOCK_ROWS + i;

			even += coefficients[j] * LoadTwo(column);
			odd += coefficients[j] * LoadTwo(column + 2);
		}
		StoreTwo(eta + i, even);
		StoreTwo(eta + i + 2, odd);
	}
}

static void
MultiplyColumns(const double *a, const double *b, double *product)
{
	for (int i = 0; i < BLOCK_ROWS; i += 2)
		StoreTwo(product + i, LoadTwo(a + i) * LoadTwo(b + i));
}

/* Bring up to BLOCK_ROWS rows into columns; what is missing is rows of zeros. */
static void
FillColumns(Newton *newton, const double *row, int num)
{
	int			size = newton->size;
	double	   *columns = newton->columns;

	if (num < BLOCK_ROWS)
		memset(columns, 0, sizeof(double) * (size_t) size * BLOCK_ROWS);
	for (int i = 0; i < num; i++)
		columns[i] = 1;
	for (int j = 1; j < size; j++)
	{
		double	   *column = columns + j * BLOCK_ROWS;
		const double *feature = row + j;
		double		center = newton->center[j - 1];
		double		inverse_scale = newton->inverse_scale[j - 1];

		for (int i = 0; i < num; i++, feature += size)
			column[i] = (*feature - center) * inverse_scale;
	}
}

/*
 * The log-likelihood of the rows in the columns; each one's residual y - p and weight
 * p (1 - p). There is one logarithm for all: the product of so many numbers from 1 to
 * 2 is not too large. Nothing is subtracted from 1, so small probabilities keep all
 * their digits.
 */
static double
RowTerms(const double *eta, const double *row, int size, int num, double *residual, double *weight)
{
	double		sum = 0;
	double		product = 1;

	for (int i = 0; i < num; i++, row += size)
	{
		double		sign = row[0] != 0 ? 1 : -1;
		double		odds = exp(-fabs(eta[i]));	/* of the less likely outcome */
		double		likely = 1 / (1 + odds);
		bool		as_expected = sign * eta[i] >= 0;

		product *= 1 + odds;
		sum -= as_expected ? 0 : fabs(eta[i]);
		residual[i] = sign * (as_expected ? odds * likely : likely);
		weight[i] = odds * likely * likely;
	}
	return sum - log(product);
}

/*
 * Have BLOCK_ROWS numbers on their way to the cache. The rows are more than it holds:
 * those of the next block come while this one is computed with.
 */
static inline void
FetchLater(const double *numbers)
{
	for (int i = 0; i < BLOCK_ROWS; i += CACHE_LINE / (int) sizeof(double))
		__builtin_prefetch(numbers + i);
}

/* Add what a block of rows contributes at some coefficients. */
static void
AddBlock(Newton *newton, const double *coefficients, const double *rows, int num)
{
	int			size = newton->size;
	const double *columns = newton->columns;
	double	   *weighted = newton->weighted;
	double		eta[BLOCK_ROWS];
	double		residual[BLOCK_ROWS] = {0};
	double		weight[BLOCK_ROWS] = {0};

	FillColumns(newton, rows, num);
	LinearPredictor(columns, coefficients, size, eta);
	newton->log_likelihood += RowTerms(eta, rows, size, num, residual, weight);
	for (int j = 0; j < size; j++)
	{
		FetchLater(rows + (BLOCK_ROWS * size + BLOCK_ROWS * j));
		MultiplyColumns(weight, columns + j * BLOCK_ROWS, weighted);
		AddDots(weighted, columns, j + 1, newton->hessian + j * size);
	}
	AddDots(residual, columns, size, newton->gradient);
}

/* The log-likelihood with its derivatives at some coefficients. */
static void
Evaluate(Newton *newton, const double *coefficients)
{
	LogisticRows *rows = newton->rows;
	size_t		size = (size_t) newton->size;
	const double *row;
	size_t		num;

	newton->log_likelihood = 0;
	memset(newton->gradient, 0, sizeof(double) * size);
	memset(newton->hessian, 0, sizeof(double) * size * size);
	rows->rewind(rows);
	while ((num = rows->read(rows, &row)) > 0)
		while (num > 0)
		{
			int			part = num < BLOCK_ROWS ? (int) num : BLOCK_ROWS;

			AddBlock(newton, coefficients, row, part);
			row += part * size;
			num -= (size_t) part;
		}
}

/* ---- linear equations ---- */

/*
 * Factor the Hessian (Cholesky). Returns the size if that was possible, else the first
 * row of which the ones before leave no more than a share of rest.
 */
static int
Factor(Newton *newton, double rest)
{
	int			size = newton->size;

	for (int j = 0; j < size; j++)
	{
		double	   *row = newton->factor + j * size;
		double		diagonal = newton->hessian[j * size + j];
		double		pivot = diagonal;

		for (int k = 0; k < j; k++)
		{
			const double *other = newton->factor + k * size;
			double		sum = newton->hessian[j * size + k];

			for (int i = 0; i < k; i++)
				sum -= row[i] * other[i];
			row[k] = sum / other[k];
			pivot -= row[k] * row[k];
		}
		if (!(pivot > rest * diagonal && isfinite(pivot)))
			return j;
		row[j] = sqrt(pivot);
	}
	return size;
}

/* Solve L x = x in place, L being the first rows of the factor. */
static void
SolveLower(const Newton *newton, int num_rows, double *x)
{
	for (int j = 0; j < num_rows; j++)
	{
		const double *row = newton->factor + j * newton->size;

		for (int k = 0; k < j; k++)
			x[j] -= row[k] * x[k];
		x[j] /= row[j];
	}
}

/* Solve the transposed equations in place. */
static void
SolveUpper(const Newton *newton, int num_rows, double *x)
{
	for (int j = num_rows - 1; j >= 0; j--)
	{
		for (int k = j + 1; k < num_rows; k++)
			x[j] -= newton->factor[k * newton->size + j] * x[k];
		x[j] /= newton->factor[j * newton->size + j];
	}
}

/*
 * Which features make up the one in the row that Factor() stopped at: those that its
 * regression on all features before it gives a weight.
 */
static void
FindInvolved(Newton *newton, int row, bool *involved)
{
	double	   *weights = newton->step;

	memcpy(weights, newton->factor + row * newton->size, sizeof(double) * (size_t) row);
	SolveUpper(newton, row, weights);
	for (int j = 0; j < newton->size - 1; j++)
		involved[j] = j < row - 1 && fabs(weights[j + 1]) > INVOLVED_WEIGHT;
}

/* ---- Newton's method ---- */

/* The next step. Returns its squared length in standard errors. */
static double
FindStep(Newton *newton)
{
	double		length = 0;

	memcpy(newton->step, newton->gradient, sizeof(double) * (size_t) newton->size);
	SolveLower(newton, newton->size, newton->step);
	for (int j = 0; j < newton->size; j++)
		length += newton->step[j] * newton->step[j];
	SolveUpper(newton, newton->size, newton->step);
	return length;
}

static void
AddStep(const Newton *newton, double share, double *sum)
{
	for (int j = 0; j < newton->size; j++)
		sum[j] = newton->coefficients[j] + share * newton->step[j];
}

/* Take the step, or as much of it as does not lower the log-likelihood. */
static bool
TakeStep(Newton *newton)
{
	double		before = newton->log_likelihood;
	double		rounding = 1e-11 * fabs(before);

	for (int i = 0; i <= MAX_HALVINGS; i++)
	{
		AddStep(newton, ldexp(1, -i), newton->candidate);
		Evaluate(newton, newton->candidate);
		if (newton->log_likelihood >= before - rounding)
		{
			memcpy(newton->coefficients, newton->candidate, sizeof(double) * (size_t) newton->size);
			return true;
		}
	}
	newton->log_likelihood = before;
	return false;
}

/*
 * Take the last step, of a squared length in standard errors. The Hessian, and with it
 * the standard errors, changes by about that in relation to the square root of the
 * number of rows: where this would be seen, it is computed anew.
 */
static LogisticStatus
Arrive(Newton *newton, double length)
{
	AddStep(newton, 1, newton->coefficients);
	newton->log_likelihood += length / 2;
	if (length <= SMALL_CHANGE * (double) newton->rows->num_rows)
		return LOGISTIC_CONVERGED;
	Evaluate(newton, newton->coefficients);
	return Factor(newton, SINGULAR_REST) == newton->size ? LOGISTIC_CONVERGED : LOGISTIC_SEPARATED;
}

/*
 * Climb from the intercept alone to the maximum. All weights being equal there, the
 * first Hessian is a multiple of the correlations, which tell what is collinear.
 */
static LogisticStatus
Climb(Newton *newton, LogisticFit *fit)
{
	double		positives = (double) newton->rows->num_positives;
	double		negatives = (double) newton->rows->num_rows - positives;
	double		length_before = INFINITY;

	memset(newton->coefficients, 0, sizeof(double) * (size_t) newton->size);
	newton->coefficients[0] = log((positives + 0.5) / (negatives + 0.5));
	Evaluate(newton, newton->coefficients);
	for (fit->num_iterations = 1; fit->num_iterations <= MAX_ITERATIONS; fit->num_iterations++)
	{
		bool		is_first = fit->num_iterations == 1;
		int			rank = Factor(newton, is_first ? COLLINEAR_REST : SINGULAR_REST);
		double		length;

		if (rank < newton->size && is_first)
		{
			fit->feature = rank - 1;
			FindInvolved(newton, rank, fit->involved);
			return LOGISTIC_COLLINEAR;
		}
		if (rank < newton->size)
			return LOGISTIC_SEPARATED;
		length = FindStep(newton);
		if (length <= SMALL_STEP)
			return length <= QUICK_DECREASE * length_before ? Arrive(newton, length) : LOGISTIC_SEPARATED;
		if (!TakeStep(newton))
			return LOGISTIC_SEPARATED;
		length_before = length;
	}
	return LOGISTIC_SEPARATED;
}

/* The coefficients of the features as they were given. */
static void
UndoScales(const Newton *newton, double *coefficients)
{
	coefficients[0] = newton->coefficients[0];
	for (int j = 1; j < newton->size; j++)
	{
		coefficients[j] = newton->coefficients[j] * newton->inverse_scale[j - 1];
		coefficients[0] -= coefficients[j] * newton->center[j - 1];
	}
}

/*
 * Their standard errors: the square roots of the diagonal of the inverse Hessian,
 * which for a combination a of the standardized ones is a' H^-1 a = |L^-1 a|^2.
 */
static void
FindStandardErrors(const Newton *newton, double *stderrs)
{
	double	   *a = newton->step;

	for (int j = 0; j < newton->size; j++)
	{
		double		variance = 0;

		memset(a, 0, sizeof(double) * (size_t) newton->size);
		a[j] = j == 0 ? 1 : newton->inverse_scale[j - 1];
		for (int k = 1; j == 0 && k < newton->size; k++)
			a[k] = -newton->center[k - 1] * newton->inverse_scale[k - 1];
		SolveLower(newton, newton->size, a);
		for (int k = 0; k < newton->size; k++)
			variance += a[k] * a[k];
		stderrs[j] = sqrt(variance);
	}
}

/*
 * Fit the rows; workspace has LogisticWorkspace() numbers. What is found is in *fit,
 * as far as the status says.
 */
LogisticStatus
FitLogistic(LogisticRows *rows, LogisticFit *fit, double *workspace)
{
	LogisticStatus status = CheckRanges(rows, &fit->feature);
	Newton		newton;

	if (status != LOGISTIC_CONVERGED)
		return status;
	PrepareNewton(&newton, rows, workspace);
	FindScales(&newton);
	status = Climb(&newton, fit);
	if (status == LOGISTIC_COLLINEAR)
		return status;
	fit->log_likelihood = newton.log_likelihood;
	UndoScales(&newton, fit->coefficients);
	if (status == LOGISTIC_CONVERGED)
		FindStandardErrors(&newton, fit->stderrs);
	return status;
}
