/*
 * money.c
 *	  Exact amounts of money: arithmetic, and their bytes.
 *
 * In bytes an amount is a varint as in packed.h, of up to 128 bits, of the number
 * that zigzag makes of it: 0, -1, 1, -2 are 0, 1, 2, 3.
 */
#include "money.h"

#include "packed.h"

static inline UnsignedMoney
ZigzagOfMoney(Money amount)
{
	return ((UnsignedMoney) amount << 1) ^ (UnsignedMoney) (amount >> 127);
}

static inline Money
MoneyOfZigzag(UnsignedMoney code)
{
	return (Money) (code >> 1) ^ -(Money) (code & 1);
}

/*
 * *result = amount * factor / divisor, rounded half away from zero. factor is from 0
 * to 10000, divisor from 1 to 2^100. False, and nothing of use in *result, if that
 * is out of range.
 */
bool
MoneyMultiplyDivide(Money amount, int64_t factor, Money divisor, Money *result)
{
	Money		size = amount < 0 ? -amount : amount;
	__int128	whole;
	Money		rest = size % divisor * factor;

	if (__builtin_mul_overflow((__int128) (size / divisor), (__int128) factor, &whole))
		return false;
	/* not 2 * rest >= divisor, which might not fit */
	size = rest / divisor;
	rest %= divisor;
	size += rest >= divisor - rest;
	if (!MoneyAdd(whole, size, &size))
		return false;
	*result = amount < 0 ? -size : size;
	return true;
}

/* How many bytes an amount takes. */
size_t
MoneySize(Money amount)
{
	UnsignedMoney code = ZigzagOfMoney(amount);
	size_t		size = 1;

	for (; code >= 0x80; code >>= 7)
		size++;
	return size;
}

/* Write an amount into MoneySize() bytes; returns where the next byte goes. */
uint8_t *
WriteMoney(uint8_t *p, Money amount)
{
	UnsignedMoney code = ZigzagOfMoney(amount);

	for (; code > UINT64_MAX; code >>= 7)
		*p++ = (uint8_t) (code | 0x80);
	return WriteVarint(p, (uint64_t) code);
}

/* Read an amount of checked bytes; returns where the next value starts. */
const uint8_t *
ReadMoney(const uint8_t *p, Money *amount)
{
	UnsignedMoney code = *p & 0x7F;

	for (int shift = 7; *p++ & 0x80; shift += 7)
		code |= (UnsignedMoney) (*p & 0x7F) << shift;
	*amount = MoneyOfZigzag(code);
	return p;
}

/*
 * Read an amount of bytes nobody has checked. NULL if it is cut off, longer than it
 * needs to be, or out of range; else where the next value starts.
 */
const uint8_t *
CheckMoney(const uint8_t *p, const uint8_t *end, Money *amount)
{
	UnsignedMoney code = 0;

	for (int shift = 0; shift < 128; shift += 7)
	{
		UnsignedMoney bits;

		if (p >= end)
			return NULL;
		bits = *p & 0x7F;
		if ((bits << shift) >> shift != bits)
			return NULL;
		code |= bits << shift;
		if ((*p++ & 0x80) == 0)
		{
			*amount = MoneyOfZigzag(code);
			return (shift > 0 && bits == 0) || !MoneyIsInRange(*amount) ? NULL : p;
		}
	}
	return NULL;
}
