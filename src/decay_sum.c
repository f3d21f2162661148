/*
 * decay_sum.c
 *	  Sums of decaying terms, and where they are zero.
 *
 * The roots of such a function are found through those of a simpler one: between two
 * neighbouring roots of its derivative it has at most one. Divided by its slowest
 * exponential it has a derivative of one term less, which has the same property.
 */
#include "decay_sum.h"

#include <math.h>

#include "miscadmin.h"

void
AddNumber(NumberList *list, double number)
{
	if (list->num_numbers == list->max_numbers)
	{
		list->max_numbers = list->max_numbers == 0 ? 16 : list->max_numbers * 2;
		list->numbers = list->numbers == NULL
			? (double *) palloc(sizeof(double) * list->max_numbers)
			: (double *) repalloc_huge(list->numbers, sizeof(double) * list->max_numbers);
	}
	list->numbers[list->num_numbers++] = number;
}

static int
CompareNumbers(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return x < y ? -1 : x > y;
}

void
SortNumbers(NumberList *list)
{
	if (list->num_numbers > 1)
		qsort(list->numbers, list->num_numbers, sizeof(double), CompareNumbers);
}

/* ---- sums of decaying terms ---- */

double
ValueOfSum(const DecaySum *sum, double x)
{
	double		value = sum->constant + sum->slope * x;

	for (int i = 0; i < sum->num_terms; i++)
		value += sum->terms[i].amplitude * exp(-sum->terms[i].rate * x);
	return value;
}

/* An empty sum with room for max_terms terms. */
DecaySum
NewSum(int max_terms)
{
	DecaySum	sum = {0, 0, 0, (DecayTerm *) palloc(sizeof(DecayTerm) * Max(max_terms, 1))};

	return sum;
}

/* Add a term, to the one of its rate if there is one. */
void
AddTerm(DecaySum *sum, double amplitude, double rate)
{
	int			i = 0;

	while (i < sum->num_terms && sum->terms[i].rate < rate)
		i++;
	if (i < sum->num_terms && sum->terms[i].rate == rate)
	{
		sum->terms[i].amplitude += amplitude;
		return;
	}
	memmove(&sum->terms[i + 1], &sum->terms[i], sizeof(DecayTerm) * (sum->num_terms - i));
	sum->terms[i].amplitude = amplitude;
	sum->terms[i].rate = rate;
	sum->num_terms++;
}

void
AddSum(DecaySum *sum, const DecaySum *added)
{
	sum->constant += added->constant;
	sum->slope += added->slope;
	for (int i = 0; i < added->num_terms; i++)
		AddTerm(sum, added->terms[i].amplitude, added->terms[i].rate);
}

/*
 * The derivative, divided by the largest rate, which leaves its roots where they are:
 * derivatives of derivatives would soon be too small for a double.
 */
DecaySum
DerivativeOf(const DecaySum *sum)
{
	DecaySum	derivative = NewSum(sum->num_terms);
	double		unit = sum->num_terms > 0 ? sum->terms[sum->num_terms - 1].rate : 1;

	derivative.constant = sum->slope / unit;
	derivative.num_terms = sum->num_terms;
	for (int i = 0; i < sum->num_terms; i++)
	{
		derivative.terms[i].rate = sum->terms[i].rate;
		derivative.terms[i].amplitude = -(sum->terms[i].rate / unit) * sum->terms[i].amplitude;
	}
	return derivative;
}

/* A sum without slope, divided by its slowest term, so that this is its constant. */
static DecaySum
DividedBySlowest(const DecaySum *sum)
{
	DecaySum	divided = NewSum(sum->num_terms);
	double		rate = sum->constant != 0 || sum->num_terms == 0 ? 0 : sum->terms[0].rate;

	divided.constant = sum->constant;
	for (int i = 0; i < sum->num_terms; i++)
		if (sum->terms[i].rate == rate)
			divided.constant += sum->terms[i].amplitude;
		else
			AddTerm(&divided, sum->terms[i].amplitude, sum->terms[i].rate - rate);
	return divided;
}

/* Terms that are nothing would never get fewer. */
static void
DropEmptyTerms(DecaySum *sum)
{
	int			num_terms = 0;

	for (int i = 0; i < sum->num_terms; i++)
		if (sum->terms[i].amplitude != 0)
			sum->terms[num_terms++] = sum->terms[i];
	sum->num_terms = num_terms;
}

/* The root of a sum that has one between two numbers, to less than a microsecond. */
static double
Bisect(const DecaySum *sum, double low, double high)
{
	bool		is_positive = ValueOfSum(sum, low) > 0;

	while (high - low > 0.25)
	{
		double		middle = low + (high - low) / 2;

		if (middle <= low || middle >= high)
			break;
		if ((ValueOfSum(sum, middle) > 0) == is_positive)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Add the roots of a sum between two numbers to a list. */
void
AddRoots(NumberList *roots, DecaySum *sum, double low, double high)
{
	NumberList	turns = {0, 0, NULL};
	DecaySum	simpler;
	DecaySum	derivative;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	DropEmptyTerms(sum);
	if (sum->slope == 0 && sum->num_terms + (sum->constant != 0) < 2)
		return;
	simpler = sum->slope == 0 ? DividedBySlowest(sum) : *sum;
	derivative = DerivativeOf(&simpler);
	AddNumber(&turns, low);
	AddRoots(&turns, &derivative, low, high);
	AddNumber(&turns, high);
	SortNumbers(&turns);
	for (int i = 1; i < turns.num_numbers; i++)
	{
		double		begin = turns.numbers[i - 1];
		double		end = turns.numbers[i];

		CHECK_FOR_INTERRUPTS();
		if ((ValueOfSum(&simpler, begin) > 0) != (ValueOfSum(&simpler, end) > 0))
			AddNumber(roots, Bisect(&simpler, begin, end));
	}
	pfree(turns.numbers);
	pfree(derivative.terms);
	if (simpler.terms != sum->terms)
		pfree(simpler.terms);
}
