/*
 * money_numeric.h
 *	  Money as PostgreSQL knows it: numeric in and out, and its errors.
 */
#ifndef RETENTION_MONEY_NUMERIC_H
#define RETENTION_MONEY_NUMERIC_H

#include "extension.h"

#include "money.h"

extern Money MoneyOfNumeric(Datum numeric, const char *what);
extern Datum NumericOfMoney(Money amount);
extern void CheckNumericLayout(void);
extern void CheckFiniteNumeric(Datum numeric, const char *what);
NORETURN extern void MoneyOutOfRange(void);

/* a + b, or an error */
static inline Money
AddMoney(Money a, Money b)
{
	Money		sum;

	if (unlikely(!MoneyAdd(a, b, &sum)))
		MoneyOutOfRange();
	return sum;
}

#endif							/* RETENTION_MONEY_NUMERIC_H */
