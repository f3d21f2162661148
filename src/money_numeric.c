/*
 * money_numeric.c
 *	  From numeric to money and back.
 *
 * A numeric is read as it is stored, because there is one in every row and the
 * functions of the server that would take it apart allocate memory for each. All
 * versions of PostgreSQL since 9.1 store, in the byte order of the machine, a word of
 * 16 bits and what follows from its two highest:
 *
 *	  00, 01	positive, negative; then 14 bits of display scale; the next word is
 *				the weight, signed
 *	  10		a bit of sign, 6 bits of display scale, 7 bits of weight, signed
 *	  11		NaN or infinite; the next two bits say which
 *
 * and then the digits in base 10000, a word each. The first digit is a multiple of
 * 10000^weight, the second of 10000^(weight - 1), and so on. CheckNumericLayout() refuses
 * a server that stores them otherwise.
 */
#include "money_numeric.h"

#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#define BASE 10000
#define DIGITS_SIZE sizeof(int16)

/* The weight of the largest digit there may be: 10000^8 is 10^32. */
#define MAX_WEIGHT 7

/* The weight of the smallest: a hundredth of it is 10^-6. */
#define MIN_WEIGHT (-2)

/* How much of a number an error message repeats. */
#define SHOWN_DIGITS 50

/* What is wrong with a number as an amount of money. */
typedef enum MoneyProblem
{
	MONEY_GOOD,
	MONEY_NOT_FINITE,
	MONEY_TOO_FINE,
	MONEY_TOO_LARGE
} MoneyProblem;

static inline uint16
LoadWord(const char *p)
{
	uint16		word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* A numeric as it is stored, taken apart. */
typedef struct NumericParts
{
	bool		is_finite;
	bool		is_negative;
	int			weight;			/* of the first digit */
	int			num_digits;
	const char *digits;			/* at any address */
} NumericParts;

static inline NumericParts
TakeApart(const struct varlena *value)
{
	const char *data = VARDATA_ANY(value);
	const char *end = data + VARSIZE_ANY_EXHDR(value);
	uint16		head = LoadWord(data);
	NumericParts parts;

	parts.is_finite = (head & 0xC000) != 0xC000;
	parts.digits = data + sizeof(uint16);
	if ((head & 0xC000) == 0x8000)
	{
		parts.is_negative = (head & 0x2000) != 0;
		parts.weight = (head & 0x003F) - (head & 0x0040);
	}
	else
	{
		parts.is_negative = (head & 0x4000) != 0;
		parts.weight = 0;
		if (parts.is_finite)
		{
			parts.weight = (int16) LoadWord(parts.digits);
			parts.digits += sizeof(int16);
		}
	}
	parts.num_digits = (int) ((end - parts.digits) / DIGITS_SIZE);
	return parts;
}

/* The millionths that a digit of the smallest two weights is, or -1 if it is finer. */
static inline int
MillionthsOfDigit(int digit, int weight)
{
	return weight == -1 ? digit * 100 : digit % 100 == 0 ? digit / 100 : -1;
}

/* The amount that a numeric is. */
static MoneyProblem
ReadMoneyOfNumeric(const struct varlena *value, Money *amount)
{
	NumericParts parts = TakeApart(value);
	Money		whole = 0;
	int			millionths = 0;
	int			weight = parts.weight;

	if (!parts.is_finite)
		return MONEY_NOT_FINITE;
	for (int i = 0; i < parts.num_digits; i++, weight--)
	{
		int			digit = LoadWord(parts.digits + i * DIGITS_SIZE);
		int			part;

		if (digit == 0 && weight < 0)
			continue;
		if (weight > MAX_WEIGHT)
			return MONEY_TOO_LARGE;
		if (weight >= 0)
		{
			whole = whole * BASE + digit;
			continue;
		}
		part = weight < MIN_WEIGHT ? -1 : MillionthsOfDigit(digit, weight);
		if (part < 0)
			return MONEY_TOO_FINE;
		millionths += part;
	}
	/* zeros at the end are not stored */
	if (parts.num_digits > 0)
		for (; weight >= 0; weight--)
			whole *= BASE;
	*amount = whole * MONEY_UNIT + millionths;
	if (parts.is_negative)
		*amount = -*amount;
	return MONEY_GOOD;
}

static Datum
NumericOfText(const char *text)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}

/* A number as text, cut short if it is long. */
static char *
NumericForMessage(Datum numeric)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out, numeric));

	if (strlen(text) <= SHOWN_DIGITS)
		return text;
	return psprintf("%.*s...", SHOWN_DIGITS, text);
}

/* Refuse NaN and infinity; what names the argument in the message. */
void
CheckFiniteNumeric(Datum numeric, const char *what)
{
	if (numeric_is_nan(DatumGetNumeric(numeric)) || numeric_is_inf(DatumGetNumeric(numeric)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s must be finite, not %s", what, NumericForMessage(numeric))));
}

static void
RefuseAmount(MoneyProblem problem, Datum numeric, const char *what)
{
	if (problem == MONEY_NOT_FINITE)
		CheckFiniteNumeric(numeric, what);
	if (problem == MONEY_TOO_FINE)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s must have at most %d decimals, not %s", what, MONEY_SCALE,
						NumericForMessage(numeric)),
				 errhint("Round it: round(%s, %d).", what, MONEY_SCALE)));
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("%s must have at most 32 digits before the decimal point, not %s", what,
					NumericForMessage(numeric))));
}

/*
 * An error if the server stores numerics in another way than this file reads them, as
 * a later version may: amounts would be wrong without a sign of it. One sample for each
 * form, with digits of every weight that money has and with both signs.
 */
void
CheckNumericLayout(void)
{
	static const struct
	{
		const char *text;
		MoneyProblem problem;
		int64		millionths;
	}			samples[] = {
		{"-12345678.900012", MONEY_GOOD, INT64CONST(-12345678900012)},
		/* a display scale of more than 63 makes the long form */
		{"900000001.23000000000000000000000000000000000000000000000000000000000000000000",
		MONEY_GOOD, INT64CONST(900000001230000)},
		{"NaN", MONEY_NOT_FINITE, 0},
	};

	for (int i = 0; i < (int) lengthof(samples); i++)
	{
		Datum		stored = NumericOfText(samples[i].text);
		Money		amount = 0;
		MoneyProblem problem = ReadMoneyOfNumeric((struct varlena *) DatumGetPointer(stored), &amount);

		if (problem != samples[i].problem || amount != (Money) samples[i].millionths)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("this version of retention cannot read numeric values of PostgreSQL %s",
							PG_MAJORVERSION),
					 errdetail("The number %s is stored in a form that it does not know.",
							   samples[i].text),
					 errhint("Install a version of retention that supports PostgreSQL %s.",
							 PG_MAJORVERSION)));
		pfree(DatumGetPointer(stored));
	}
}

/*
 * The amount of money that a numeric is. An error names the argument as what says if
 * it is not finite, has more than six decimals that are not 0, or is out of range.
 */
Money
MoneyOfNumeric(Datum numeric, const char *what)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(numeric);
	Money		amount = 0;
	MoneyProblem problem = ReadMoneyOfNumeric(value, &amount);

	if (unlikely(problem != MONEY_GOOD))
		RefuseAmount(problem, PointerGetDatum(value), what);
	if ((Pointer) value != DatumGetPointer(numeric))
		pfree(value);
	return amount;
}

/* An error: a sum of money has more than 38 digits. */
void
MoneyOutOfRange(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("a sum of money is out of range"),
			 errdetail("Sums have at most 32 digits before the decimal point, and %d after it.",
					   MONEY_SCALE)));
}

/* An amount beyond a bigint, with the scale it is shown with. */
static Datum
NumericOfLargeMoney(Money amount, int scale)
{
	char		text[64];		/* a sign, 38 digits, a point */
	char	   *p = text + sizeof(text);
	UnsignedMoney rest = amount < 0 ? -(UnsignedMoney) amount : (UnsignedMoney) amount;

	*--p = '\0';
	for (int digits = 0; rest > 0 || digits <= scale; digits++)
	{
		if (digits == scale)
			*--p = '.';
		*--p = (char) ('0' + rest % 10);
		rest /= 10;
	}
	if (amount < 0)
		*--p = '-';
	return NumericOfText(p);
}

/* An amount as numeric: with two decimals, or as many of six as it has. */
Datum
NumericOfMoney(Money amount)
{
	int			scale = MONEY_SCALE;

	for (; scale > 2 && amount % 10 == 0; scale--)
		amount /= 10;
	if (amount >= PG_INT64_MIN && amount <= PG_INT64_MAX)
		return NumericGetDatum(int64_div_fast_to_numeric((int64) amount, scale));
	return NumericOfLargeMoney(amount, scale);
}
