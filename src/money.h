/*
 * money.h
 *	  Exact amounts of money.
 *
 * An amount is a whole number of millionths, so 49.00 is 49000000. Its size stays
 * below 10^38, which leaves 32 digits before the decimal point. Nothing here is a
 * floating-point number but the result of MoneyRatio(). Nothing here calls the
 * server: money_numeric.c turns numeric into money and back.
 */
#ifndef RETENTION_MONEY_H
#define RETENTION_MONEY_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory of the server is aligned to 8 bytes only, which is less than the compiler expects. */
typedef __int128 Money __attribute__((aligned(8)));
typedef unsigned __int128 UnsignedMoney __attribute__((aligned(8)));

#define MONEY_SCALE 6
#define MONEY_UNIT 1000000		/* what 1.00 is */

/* 10^38: what the size of an amount stays below */
#define MONEY_LIMIT ((Money) UINT64_C(10000000000000000000) * UINT64_C(10000000000000000000))

/* Seven bits a byte, for 128 bits */
#define MAX_MONEY_SIZE 19

static inline bool
MoneyIsInRange(Money amount)
{
	return amount < MONEY_LIMIT && amount > -MONEY_LIMIT;
}

/* *sum = a + b; false, and nothing of use in *sum, if that is out of range. */
static inline bool
MoneyAdd(Money a, Money b, Money *sum)
{
	__int128	result;

	if (__builtin_add_overflow((__int128) a, (__int128) b, &result))
		return false;
	*sum = result;
	return MoneyIsInRange(result);
}

/* The ratio of two amounts; NaN if the denominator is 0. */
static inline double
MoneyRatio(Money numerator, Money denominator)
{
	return denominator == 0 ? NAN : (double) numerator / (double) denominator;
}

/*
 * Signed numbers as unsigned ones, small where the size is small: 0, -1, 1, -2, 2
 * become 0, 1, 2, 3, 4.
 */
static inline uint64_t
ZigzagEncode(int64_t value)
{
	return ((uint64_t) value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t
ZigzagDecode(uint64_t code)
{
	return (int64_t) (code >> 1) ^ -(int64_t) (code & 1);
}

extern bool MoneyMultiplyDivide(Money amount, int64_t factor, Money divisor, Money *result);
extern size_t MoneySize(Money amount);
extern uint8_t *WriteMoney(uint8_t *p, Money amount);
extern const uint8_t *ReadMoney(const uint8_t *p, Money *amount);
extern const uint8_t *CheckMoney(const uint8_t *p, const uint8_t *end, Money *amount);

/* amount / divisor, rounded half away from zero; the divisor is positive. */
static inline Money
MoneyDivide(Money amount, Money divisor)
{
	Money		result = 0;

	(void) MoneyMultiplyDivide(amount, 1, divisor, &result);
	return result;
}

#endif							/* RETENTION_MONEY_H */
