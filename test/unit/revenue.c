/*
 * revenue.c
 *	  Unit test of src/money.c, src/mrr_steps.c and src/timeline_format.c, without a
 *	  server. `make unitcheck` builds and runs it; it prints TAP and exits with 1 if
 *	  anything fails.
 *
 * Steps are compared with a count of every single day; every change of a byte of a
 * timeline must be refused or be the one encoding of another timeline.
 */
#include "mrr_steps.h"
#include "timeline_format.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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

static uint64_t random_state = 88172645463325252;

/* A random number from 0 to below limit; the same ones in every run */
static int
Random(int limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (int) (random_state % (uint64_t) limit);
}

/* ---- money ---- */

static bool
IsOneEncoding(Money amount)
{
	uint8_t		bytes[MAX_MONEY_SIZE + 1];
	size_t		size = MoneySize(amount);
	Money		read;

	memset(bytes, 0xEE, sizeof(bytes));
	return WriteMoney(bytes, amount) == bytes + size && bytes[size] == 0xEE &&
		ReadMoney(bytes, &read) == bytes + size && read == amount &&
		CheckMoney(bytes, bytes + size, &read) == bytes + size && read == amount &&
		CheckMoney(bytes, bytes + size - 1, &read) == NULL;
}

static void
TestMoneyBytes(void)
{
	static const uint8_t longer[] = {0x80, 0x00};
	uint8_t		bytes[MAX_MONEY_SIZE + 1];
	Money		read;
	bool		good = true;

	for (Money size = 1; size < MONEY_LIMIT / 3; size *= 2)
		for (int i = -2; i <= 2; i++)
			good = good && IsOneEncoding(size + i) && IsOneEncoding(-(size + i));
	Ok(good, "amounts around powers of two are read as they were written");
	Ok(IsOneEncoding(0) && IsOneEncoding(MONEY_LIMIT - 1) && IsOneEncoding(1 - MONEY_LIMIT),
	   "and 0 and the largest");
	Ok(MoneySize(0) == 1 && MoneySize(-64) == 1 && MoneySize(64) == 2 &&
	   MoneySize(49 * MONEY_UNIT) == 4, "small amounts take few bytes");
	Ok(CheckMoney(longer, longer + 2, &read) == NULL, "a longer form than needed is refused");
	(void) WriteMoney(bytes, MONEY_LIMIT);
	Ok(CheckMoney(bytes, bytes + MAX_MONEY_SIZE, &read) == NULL, "an amount of 10^38 is refused");
	memset(bytes, 0xFF, sizeof(bytes));
	Ok(CheckMoney(bytes, bytes + sizeof(bytes), &read) == NULL, "more than 128 bits are refused");
}

static void
TestMoneyArithmetic(void)
{
	Money		result;
	bool		good = true;

	Ok(MoneyAdd(MONEY_LIMIT - 2, 1, &result) && !MoneyAdd(MONEY_LIMIT - 1, 1, &result) &&
	   !MoneyAdd(MONEY_LIMIT - 1, MONEY_LIMIT - 1, &result) &&
	   !MoneyAdd(1 - MONEY_LIMIT, 1 - MONEY_LIMIT, &result), "sums have to stay below 10^38");
	for (int amount = -300; amount <= 300; amount++)
		for (int divisor = 1; divisor <= 60; divisor++)
		{
			int			size = abs(amount) * 7;
			int			expected = (2 * size + divisor) / (2 * divisor);

			good = good && MoneyMultiplyDivide(amount, 7, divisor, &result) &&
				result == (amount < 0 ? -expected : expected);
		}
	Ok(good, "amount x factor / divisor is rounded half away from zero");
	Ok(MoneyDivide(1, 2) == 1 && MoneyDivide(-1, 2) == -1 && MoneyDivide(1, 3) == 0,
	   "and so is amount / divisor");
	Ok(MoneyMultiplyDivide(MONEY_LIMIT - 1, 1461, 1461, &result) && result == MONEY_LIMIT - 1 &&
	   !MoneyMultiplyDivide(MONEY_LIMIT - 1, 1461, 1460, &result), "up to the largest amount");
	Ok(MoneyRatio(1, 4) == 0.25 && isnan(MoneyRatio(1, 0)), "a ratio to 0 is undefined");
	Ok(ZigzagDecode(ZigzagEncode(INT64_MIN)) == INT64_MIN && ZigzagEncode(-1) == 1 &&
	   ZigzagEncode(INT64_MAX) == UINT64_MAX - 1, "zigzag");
}

/* ---- steps ---- */

#define NUM_DAYS 420
#define NUM_PRODUCTS 4
#define MAX_LINES 40

/* What is in force on each day, added up line by line. */
typedef struct EveryDay
{
	int			lines[NUM_DAYS];
	Money		raw[NUM_DAYS];
	Money		products[NUM_DAYS][NUM_PRODUCTS];
} EveryDay;

static EveryDay every_day;

/* Random lines, as changes and day by day. Returns how many changes there are. */
static size_t
RandomLines(MrrChange *changes, int num_products)
{
	int			num_lines = 1 + Random(Random(4) == 0 ? MAX_LINES : 5);
	size_t		num_changes = 0;

	memset(&every_day, 0, sizeof(every_day));
	for (int i = 0; i < num_lines; i++)
	{
		int			start = Random(NUM_DAYS - 1);
		int			end = start + 1 + Random(Random(3) == 0 ? 200 : 40);
		int			product = Random(num_products);
		Money		mrr = Random(9) - 3;

		changes[num_changes++] = (MrrChange) {start, product * 1000 - 7, 1, mrr};
		if (end < NUM_DAYS)
			changes[num_changes++] = (MrrChange) {end, product * 1000 - 7, -1, -mrr};
		for (int day = start; day < end && day < NUM_DAYS; day++)
		{
			every_day.lines[day]++;
			every_day.raw[day] += mrr;
			every_day.products[day][product] += mrr;
		}
	}
	return num_changes;
}

static Money
CrossSellOf(int before, int after)
{
	Money		expansion = CustomerMrr(every_day.raw[after]) - CustomerMrr(every_day.raw[before]);
	Money		gained = 0;
	int			more = 0;

	for (int product = 0; product < NUM_PRODUCTS; product++)
	{
		Money		had = every_day.products[before][product];
		Money		has = every_day.products[after][product];

		more += (has > 0) - (had > 0);
		if (has > 0 && had <= 0)
			gained += has;
		if (had > 0 && has <= 0)
			gained -= had;
	}
	if (expansion <= 0 || every_day.raw[before] <= 0 || more <= 0 || gained <= 0)
		return 0;
	return gained < expansion ? gained : expansion;
}

/* The step of the period of the days first to last; false if there is none. */
static bool
ExpectedStep(PeriodCut cut, int first, int last, bool with_products, MrrStep *step)
{
	static const Money nothing = 0;
	const Money *before = first == 0 ? &nothing : &every_day.raw[first - 1];

	memset(step, 0, sizeof(*step));
	step->index = PeriodIndex(cut, first);
	step->raw_before = *before;
	step->raw_after = every_day.raw[last];
	step->before = CustomerMrr(step->raw_before);
	step->after = CustomerMrr(step->raw_after);
	step->was_non_positive = first > 0 && every_day.lines[first - 1] > 0 && step->raw_before <= 0;
	step->is_non_positive = every_day.lines[last] > 0 && step->raw_after <= 0;
	for (int day = first; day <= last; day++)
		if (CustomerMrr(every_day.raw[day]) > step->peak)
			step->peak = CustomerMrr(every_day.raw[day]);
	if (with_products && first > 0)
		step->cross_sell = CrossSellOf(first - 1, last);
	return step->raw_before != step->raw_after ||
		step->was_non_positive != step->is_non_positive ||
		(step->peak > 0 && step->before == 0 && step->after == 0);
}

static bool
IsSameStep(const MrrStep *a, const MrrStep *b)
{
	return a->index == b->index && a->was_non_positive == b->was_non_positive &&
		a->is_non_positive == b->is_non_positive && a->before == b->before &&
		a->after == b->after && a->raw_before == b->raw_before && a->raw_after == b->raw_after &&
		a->peak == b->peak && a->cross_sell == b->cross_sell;
}

/* Whether a walk through random lines gives the steps that counting days gives. */
static bool
IsRightWalk(PeriodCut cut, bool with_products)
{
	MrrChange	changes[2 * MAX_LINES];
	MrrProduct	products[2 * MAX_LINES];
	size_t		num_changes = RandomLines(changes, with_products ? NUM_PRODUCTS : 1);
	int32_t		num_products;
	MrrWalk		walk;
	MrrStep		step;
	MrrStep		expected;

	if (!MrrSortChanges(changes, &num_changes, &num_products) || num_products > NUM_PRODUCTS)
		return false;
	MrrWalkBegin(&walk, cut, changes, num_changes, with_products ? products : NULL, num_products);
	for (int first = 0, last; first < NUM_DAYS; first = last + 1)
	{
		last = first;
		while (last + 1 < NUM_DAYS && PeriodIndex(cut, last + 1) == PeriodIndex(cut, first))
			last++;
		if (!ExpectedStep(cut, first, last, with_products, &expected))
			continue;
		if (MrrWalkNext(&walk, &step) != MRR_STEP || !IsSameStep(&step, &expected))
			return false;
	}
	return MrrWalkNext(&walk, &step) == MRR_END;
}

static void
TestSteps(void)
{
	static const char *const unit_names[] = {"days", "weeks", "months", "quarters", "years"};

	for (uint8_t unit = PERIOD_DAY; unit <= PERIOD_YEAR; unit++)
		for (int with_products = 0; with_products <= 1; with_products++)
		{
			bool		good = true;

			for (int i = 0; i < 2000; i++)
				good = good && IsRightWalk((PeriodCut) {unit, 1}, with_products == 1);
			Ok(good, "steps of %s, with%s products, are those of every single day",
			   unit_names[unit - PERIOD_DAY], with_products ? "" : "out");
		}
}

/* One customer with very many changes. */
static void
TestManyChanges(void)
{
	int			num = 200000;
	MrrChange  *changes = malloc(sizeof(MrrChange) * num);
	MrrProduct *products = malloc(sizeof(MrrProduct) * num);
	size_t		num_changes = num;
	int32_t		num_products;
	MrrWalk		walk;
	MrrStep		step;
	MrrWalkResult result;
	Money		sum = 0;

	for (int i = 0; i < num; i++)
	{
		changes[i] = (MrrChange) {Random(20000), i * 7 % num, 1, 1 + Random(5)};
		sum += changes[i].mrr;
	}
	Ok(MrrSortChanges(changes, &num_changes, &num_products) && num_products == num,
	   "two hundred thousand products");
	MrrWalkBegin(&walk, (PeriodCut) {PERIOD_MONTH, 1}, changes, num_changes, products,
				 num_products);
	while ((result = MrrWalkNext(&walk, &step)) == MRR_STEP)
		;
	Ok(result == MRR_END && step.after == sum, "and a walk through them");
	free(changes);
	free(products);
}

static void
TestStepLimits(void)
{
	MrrChange	sums[] = {{1, 0, 1, MONEY_LIMIT - 1}, {1, 0, 1, 1}};
	MrrChange	days[] = {{1, 0, 1, MONEY_LIMIT - 1}, {2, 1, 1, 1}};
	MrrChange	even[] = {{1, 0, 1, MONEY_LIMIT - 1}, {1, 1, 1, 1}, {1, 2, 1, -1}};
	MrrChange	none[] = {{1, 0, 1, 5}, {1, 0, -1, -5}};
	size_t		num_changes = 2;
	int32_t		num_products;
	MrrWalk		walk;
	MrrStep		step;

	Ok(!MrrSortChanges(sums, &num_changes, &num_products), "a sum of a day is out of range");
	num_changes = 2;
	Ok(MrrSortChanges(days, &num_changes, &num_products), "two days are not");
	MrrWalkBegin(&walk, (PeriodCut) {PERIOD_DAY, 1}, days, num_changes, NULL, num_products);
	Ok(MrrWalkNext(&walk, &step) == MRR_STEP && MrrWalkNext(&walk, &step) == MRR_OUT_OF_RANGE,
	   "but their sum is");
	num_changes = 3;
	(void) MrrSortChanges(even, &num_changes, &num_products);
	MrrWalkBegin(&walk, (PeriodCut) {PERIOD_DAY, 1}, even, num_changes, NULL, num_products);
	Ok(MrrWalkNext(&walk, &step) == MRR_STEP, "only the sum of a whole day has to be in range");
	num_changes = 2;
	Ok(MrrSortChanges(none, &num_changes, &num_products) && num_changes == 0,
	   "changes that cancel are dropped");
	num_changes = 0;
	Ok(MrrSortChanges(NULL, &num_changes, &num_products) && num_products == 0, "no changes");
}

/* ---- timelines ---- */

#define MAX_TIMELINE 4096

static const char *const names[] = {"", "a", "ab", "b"};

/* Write a random timeline; returns its size. */
static size_t
RandomTimeline(bool has_products, uint8_t *bytes)
{
	TimelineChange changes[24];
	size_t		num_changes = 0;
	int			num_lines = 1 + Random(6);
	int32_t		first_start = INT32_MAX;
	int32_t		last_start = INT32_MIN;
	size_t		size;

	for (int i = 0; i < num_lines; i++)
	{
		int			name = Random(LENGTH(names) + 1) - 1;
		TimelineProduct product = has_products && name >= 0
			? (TimelineProduct) {(const uint8_t *) names[name], (int32_t) strlen(names[name])}
			: NO_PRODUCT;
		int32_t		start = Random(1000) - 500;
		int32_t		end = start + 1 + Random(300);
		Money		mrr = Random(7) == 0 ? MONEY_LIMIT / 10 - Random(10) : 10 * (Random(20) - 5);

		changes[num_changes++] = (TimelineChange) {product, start, 1, mrr};
		if (Random(3) > 0)
			changes[num_changes++] = (TimelineChange) {product, end, -1, -mrr};
		first_start = start < first_start ? start : first_start;
		last_start = start > last_start ? start : last_start;
	}
	(void) TimelineFold(changes, &num_changes);
	size = TimelineSize(changes, num_changes, has_products, first_start, last_start);
	TimelinePack(changes, num_changes, has_products, first_start, last_start, bytes);
	return size;
}

/* Read checked bytes and write them again: whether that gives the same. */
static bool
IsCanonical(const uint8_t *bytes, size_t size)
{
	static TimelineChange changes[MAX_TIMELINE];
	uint8_t		again[MAX_TIMELINE];
	size_t		num_changes = 0;
	TimelineReader reader;

	TimelineReadBegin(&reader, bytes, size);
	while (TimelineReadNext(&reader, &changes[num_changes]))
		num_changes++;
	if (reader.next != reader.end || !TimelineFold(changes, &num_changes) ||
		TimelineSize(changes, num_changes, reader.has_products, reader.first_start,
					 reader.last_start) != size)
		return false;
	TimelinePack(changes, num_changes, reader.has_products, reader.first_start,
				 reader.last_start, again);
	return memcmp(bytes, again, size) == 0;
}

/* A copy that ends where memory ends, so that a sanitizer sees who reads on. */
static const char *
CheckCopy(const uint8_t *bytes, size_t size)
{
	uint8_t    *copy = malloc(size > 0 ? size : 1);
	const char *problem;

	memcpy(copy, bytes, size);
	problem = TimelineCheck(copy, size);
	free(copy);
	return problem;
}

static void
TestTimelines(void)
{
	uint8_t		bytes[MAX_TIMELINE];
	bool		good = true;
	bool		refused = true;
	bool		only = true;
	int			accepted = 0;

	for (int i = 0; i < 1000; i++)
	{
		size_t		size = RandomTimeline(i % 2 == 0, bytes);

		good = good && CheckCopy(bytes, size) == NULL && IsCanonical(bytes, size);
		bytes[size] = 0;
		refused = refused && CheckCopy(bytes, size + 1) != NULL;
		for (int j = 0; j < 200; j++)
		{
			int			position = 4 + Random((int) size - 4);
			uint8_t		byte = bytes[position];
			size_t		length = Random(4) == 0 ? (size_t) Random((int) size) : size;

			bytes[position] = (uint8_t) Random(256);
			if (CheckCopy(bytes, length) == NULL)
			{
				accepted++;
				only = only && IsCanonical(bytes, length);
			}
			bytes[position] = byte;
		}
	}
	Ok(good, "random timelines are good, and read as they were written");
	Ok(refused, "a byte more is refused");
	Ok(only && accepted > 1000, "each change of a byte is refused, or another timeline");
}

int
main(void)
{
	TestMoneyBytes();
	TestMoneyArithmetic();
	TestSteps();
	TestManyChanges();
	TestStepLimits();
	TestTimelines();
	printf("1..%d\n", tests);
	return failures == 0 ? 0 : 1;
}
