/*
 * respondent_format.c
 *	  The bytes of a respondent_series: writing and reading periods, checking.
 *
 * There is one reader, which checks what it reads. Bytes that have been checked
 * before are read by it, too.
 */
#include "interrupts.h"
#include "money.h"
#include "respondent_format.h"

/* Write the first RESPONDENT_HEAD_SIZE bytes of a series. */
void
RespondentWriteHead(uint8_t *bytes, const RespondentHead *head)
{
	memset(bytes, 0, RESPONDENT_HEAD_SIZE);
	PackedWriteHeader(bytes, PACKED_RESPONDENT_SERIES, 0);
	bytes[4] = (uint8_t) head->measure;
	bytes[5] = head->cut.unit;
	bytes[6] = head->cut.week_start;
	bytes[7] = (uint8_t) head->scale.points;
	bytes[8] = (uint8_t) head->boxes;
	StoreI32(bytes + 12, head->scale.min);
	StoreI32(bytes + 16, head->first_day);
	StoreI32(bytes + 20, head->last_day);
}

/* Read them. */
RespondentHead
RespondentReadHead(const uint8_t *bytes)
{
	RespondentHead head;

	head.measure = (RespondentMeasure) bytes[4];
	head.cut = (PeriodCut) {bytes[5], bytes[6]};
	head.scale = (RatingScale) {LoadI32(bytes + 12), bytes[7]};
	head.boxes = bytes[8];
	head.first_day = LoadI32(bytes + 16);
	head.last_day = LoadI32(bytes + 20);
	return head;
}

/* How many numbers of a period are stored. */
static int
NumStored(const int64_t *numbers)
{
	return numbers[NUMBER_IN_BOTH] != 0 ? NUM_RESPONDENT_NUMBERS : NUMBER_IN_BOTH + 1;
}

/* The bytes of a period; distance is how its index is stored. */
size_t
RespondentPeriodSize(const RespondentPeriod *period, uint64_t distance)
{
	size_t		size = VarintSize(distance);

	for (int i = 0; i < NumStored(period->numbers); i++)
		size += VarintSize(ZigzagEncode(period->numbers[i]));
	return size;
}

/* Write a period with answers; returns where the next one goes. */
uint8_t *
RespondentWritePeriod(uint8_t *p, const RespondentPeriod *period, uint64_t distance)
{
	p = WriteVarint(p, distance);
	for (int i = 0; i < NumStored(period->numbers); i++)
		p = WriteVarint(p, ZigzagEncode(period->numbers[i]));
	return p;
}

/* Read the periods of a series whose head has been checked. */
void
RespondentReadBegin(RespondentReader *reader, const uint8_t *bytes, size_t size)
{
	RespondentHead head = RespondentReadHead(bytes);

	reader->next = bytes + RESPONDENT_HEAD_SIZE;
	reader->end = bytes + size;
	reader->index = PeriodIndex(head.cut, head.first_day);
	reader->problem = NULL;
}

static bool
ReadNumber(RespondentReader *reader, uint64_t max, uint64_t *number)
{
	const uint8_t *next = CheckVarint(reader->next, reader->end, max, number);

	if (next == NULL)
	{
		reader->problem = "A number is cut off, too long, or too large.";
		return false;
	}
	reader->next = next;
	return true;
}

/* Read the next period. False at the end, or if reader->problem says what is wrong. */
bool
RespondentReadPeriod(RespondentReader *reader, RespondentPeriod *period)
{
	uint64_t	code;
	int			num_stored = NUMBER_IN_BOTH + 1;

	CHECK_FOR_INTERRUPTS();
	if (reader->problem != NULL || reader->next == reader->end)
		return false;
	if (!ReadNumber(reader, UINT32_MAX, &code))
		return false;
	memset(period->numbers, 0, sizeof(period->numbers));
	for (int i = 0; i < num_stored; i++)
	{
		uint64_t	number;

		/* the lowest number has no counterpart */
		if (!ReadNumber(reader, UINT64_MAX - 1, &number))
			return false;
		period->numbers[i] = ZigzagDecode(number);
		num_stored = NumStored(period->numbers);
	}
	reader->index += (int64_t) code;
	if (reader->index > INT32_MAX)
	{
		reader->problem = "A period is out of range.";
		return false;
	}
	period->index = (int32_t) reader->index++;
	return true;
}

/* Add the numbers of a period; false if a sum is out of range. */
bool
AddRespondentNumbers(RespondentPeriod *sum, const RespondentPeriod *period)
{
	for (int i = 0; i < NUM_RESPONDENT_NUMBERS; i++)
		if (__builtin_add_overflow(sum->numbers[i], period->numbers[i], &sum->numbers[i]) ||
			sum->numbers[i] == INT64_MIN)
			return false;
	return true;
}

/* Whether a number of answers can add up to these contributions above and below 0. */
static bool
CanContribute(const RespondentHead *head, int64_t answers, int64_t above, int64_t below)
{
	int64_t		most = head->measure == MEASURE_MEAN ? head->scale.points - 1 : 1;

	if (above < 0 || below < 0 || (below > 0 && head->measure != MEASURE_NPS))
		return false;
	/* in this order, because a product may not fit */
	return below <= answers && above / most + (above % most != 0) <= answers - below;
}

/* Whether there is a silent respondent, and nothing else. */
static bool
IsSilence(const int64_t *n)
{
	for (int i = 0; i < NUM_RESPONDENT_NUMBERS; i++)
		if ((n[i] != 0) != (i == NUMBER_SILENT))
			return false;
	return n[NUMBER_SILENT] > 0;
}

/* Whether a period contradicts itself or the one before it, which may be NULL. */
static bool
Contradicts(const RespondentHead *head, const RespondentPeriod *period,
			const RespondentPeriod *before)
{
	const int64_t *n = period->numbers;
	int64_t		in_both = n[NUMBER_IN_BOTH];

	if (n[NUMBER_RESPONDENTS] == 0)
		return !IsSilence(n);
	if (n[NUMBER_RESPONDENTS] < 0 || n[NUMBER_SILENT] < 0 || n[NUMBER_ANSWERS] < n[NUMBER_RESPONDENTS] ||
		n[NUMBER_NN] < n[NUMBER_ANSWERS] || n[NUMBER_SS] < 0 || n[NUMBER_LL] < 0)
		return true;
	if (!CanContribute(head, n[NUMBER_ANSWERS], n[NUMBER_ABOVE], n[NUMBER_BELOW]) ||
		!CanContribute(head, n[NUMBER_RESPONDENTS], n[NUMBER_LATEST_ABOVE], n[NUMBER_LATEST_BELOW]))
		return true;
	if (head->measure != MEASURE_MEAN &&
		n[NUMBER_LL] != n[NUMBER_LATEST_ABOVE] + n[NUMBER_LATEST_BELOW])
		return true;
	if (in_both == 0)
		return false;
	return in_both < 0 || in_both > n[NUMBER_RESPONDENTS] || before == NULL ||
		in_both > before->numbers[NUMBER_RESPONDENTS];
}

static const char *
CheckPeriods(const RespondentHead *head, const uint8_t *bytes, size_t size)
{
	RespondentReader reader;
	RespondentPeriod period;
	RespondentPeriod before;
	bool		has_before = false;
	int32_t		last_index = PeriodIndex(head->cut, head->last_day);

	RespondentReadBegin(&reader, bytes, size);
	while (RespondentReadPeriod(&reader, &period))
	{
		if (period.index > last_index)
			return "A period is later than the last day.";
		if (Contradicts(head, &period, has_before && before.index == period.index - 1 ? &before : NULL))
			return "A period contradicts itself or the one before.";
		before = period;
		has_before = true;
	}
	return reader.problem;
}

/* What is wrong with the bytes of a respondent_series, or NULL. */
const char *
RespondentSeriesCheck(const uint8_t *bytes, size_t size)
{
	RespondentHead head;
	const char *problem = PackedCheckHeader(bytes, size, PACKED_RESPONDENT_SERIES, 0);

	if (problem != NULL)
		return problem;
	if (size < RESPONDENT_HEAD_SIZE)
		return "The value is cut off.";
	head = RespondentReadHead(bytes);
	if (head.measure < MEASURE_NPS || head.measure > MEASURE_MEAN ||
		bytes[9] != 0 || bytes[10] != 0 || bytes[11] != 0)
		return "The measure is unknown.";
	if (head.scale.points < 2 || head.scale.points > MAX_SCALE_POINTS ||
		head.scale.min > INT32_MAX - (head.scale.points - 1) ||
		(head.measure == MEASURE_NPS && (head.scale.min != 0 || head.scale.points != 11)))
		return "The scale is out of range.";
	if (head.measure == MEASURE_SHARE ? head.boxes < 1 || head.boxes >= head.scale.points
		: head.boxes != 0)
		return "The number of highest scores is out of range.";
	if (!PeriodCutIsValid(head.cut))
		return "The unit or the start of the week is out of range.";
	if (head.first_day < FIRST_DATE || head.last_day > LAST_DATE || head.first_day > head.last_day)
		return "The first or the last day is out of range.";
	return CheckPeriods(&head, bytes, size);
}
