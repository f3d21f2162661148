/*
 * formats.c
 *	  Fuzzes the bytes of every stored type, without a server (libFuzzer).
 *
 * What must hold of any bytes that a type's check accepts:
 *
 *	  - they read and write back to themselves, so there is no second encoding;
 *	  - merging the value with itself, where that needs no server, gives a value that
 *		is accepted, too;
 *	  - every reader that needs no server runs through them.
 *
 * The sanitizers watch over the rest. RETENTION_FUZZED_TYPE names the type; see
 * test/fuzz.sh, which runs it for each. The input is the value; its first two bytes,
 * the version and the kind, are overwritten. With RETENTION_SHOW_VALUES the values
 * that are accepted are printed.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "activity_format.h"
#include "engagement_format.h"
#include "logistic_fit.h"
#include "logistic_format.h"
#include "mrr_steps.h"
#include "period_format.h"
#include "rating_format.h"
#include "respondent_format.h"
#include "retention_format.h"
#include "revenue_cohort_format.h"
#include "revenue_format.h"
#include "roc_format.h"
#include "timeline_format.h"
#include "woe_format.h"

/* Bytes that belong to somebody else, or were made by NewBytes(). */
typedef struct Bytes
{
	uint8_t    *bytes;
	size_t		size;
} Bytes;

/* A property that does not hold. */
#define MUST(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "formats.c:%d: %s does not hold\n", __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* Of their exact size, so that AddressSanitizer sees the first byte behind them. */
static Bytes
NewBytes(size_t size)
{
	Bytes		made = {malloc(size == 0 ? 1 : size), size};

	MUST(made.bytes != NULL);
	return made;
}

static void *
NewArray(size_t count, size_t size)
{
	void	   *array = calloc(count == 0 ? 1 : count, size);

	MUST(array != NULL);
	return array;
}

static void
MustBeSame(Bytes value, Bytes made)
{
	MUST(made.size == value.size && memcmp(made.bytes, value.bytes, value.size) == 0);
	free(made.bytes);
}

/* ---- period_spec ---- */

static void
UsePeriodSpec(Bytes value)
{
	int32_t    *brackets = NewArray((size_t) PackedNumBrackets(value.bytes), sizeof(int32_t));
	PeriodSpec	spec;
	Bytes		made;

	PeriodSpecUnpack(value.bytes, value.size, &spec, brackets);
	made = NewBytes(PeriodSpecSize(&spec));
	PeriodSpecPack(&spec, made.bytes);
	MustBeSame(value, made);
	free(brackets);
}

/* ---- rating_summary, rating_series ---- */

static void
UseRatingSummary(Bytes value)
{
	RatingCounts counts;
	int			width = RatingWidth(value.bytes);
	Bytes		made;

	MUST(RatingSummaryIsCanonical(value.bytes));
	RatingSummaryUnpack(value.bytes, &counts);
	MUST(RatingWidthFor(&counts) == width);
	made = NewBytes(RatingSummarySize(counts.scale, counts.weighted, width));
	RatingSummaryPack(&counts, width, made.bytes);
	MustBeSame(value, made);
	for (int wider = width + 1; wider <= 3; wider++)
	{
		made = NewBytes(RatingSummarySize(counts.scale, counts.weighted, wider));
		RatingSummaryPack(&counts, wider, made.bytes);
		MUST(!RatingSummaryIsCanonical(made.bytes) && RatingSummaryCheck(made.bytes, made.size) != NULL);
		free(made.bytes);
	}
}

static void
UseRatingSeries(Bytes value)
{
	int			points = value.bytes[RATING_POINTS_OFFSET];
	uint32_t	num_periods = SeriesNumPeriods(value.bytes);
	int			width = RatingWidth(value.bytes);
	RatingCounts counts;

	MUST(RatingSeriesIsCanonical(value.bytes, value.size));
	for (uint32_t i = 0; i < num_periods; i++)
		RatingEntryUnpack(value.bytes, value.bytes + RatingSeriesSize(points, width, i), &counts);
	for (int wider = width; wider <= 3; wider++)
	{
		Bytes		wide = NewBytes(RatingSeriesSize(points, wider, num_periods));
		Bytes		made = NewBytes(value.size);

		RatingSeriesCopy(value.bytes, wider, wide.bytes);
		MUST(RatingSeriesWidth(wide.bytes) == width);
		RatingSeriesCopy(wide.bytes, width, made.bytes);
		MustBeSame(value, made);
		free(wide.bytes);
	}
}

/* ---- activity_days ---- */

/* More days than this take too long to be tried often. */
#define MANY_DAYS 100000

static void
UseActivityDays(Bytes value)
{
	int64_t		num_days = ActivityCount(value.bytes, value.size);
	int32_t    *days;
	ActivityReader reader;
	int			encoding;
	Bytes		made;

	if (num_days > MANY_DAYS)
		return;
	days = NewArray((size_t) num_days, sizeof(int32_t));
	ActivityReadBegin(&reader, value.bytes, value.size);
	for (int64_t i = 0; i < num_days; i++)
	{
		MUST(ActivityReadNext(&reader, &days[i]));
		MUST(days[i] >= FIRST_DATE && days[i] <= LAST_DATE && (i == 0 || days[i] > days[i - 1]));
	}
	made = NewBytes(ActivitySize(days, (size_t) num_days, &encoding));
	ActivityPack(days, (size_t) num_days, encoding, made.bytes);
	MustBeSame(value, made);
	free(days);
}

/* ---- retention_summary ---- */

/* A cohort in memory, read from checked bytes; returns where the next one starts. */
static const uint8_t *
ReadCohort(const uint8_t *p, Cohort *cohort)
{
	uint64_t	num_ages;

	*cohort = (Cohort) {0};
	p = ReadCohortHead(p, &cohort->size, &num_ages);
	cohort->num_ages = (int32_t) num_ages;
	for (uint64_t age = 0; age < num_ages; age++)
	{
		AgeCounts	counts;
		AgeBlock   *block;
		int32_t		number;

		p = ReadAgeCounts(p, &age, &counts);
		number = (int32_t) (age / AGES_PER_BLOCK);
		if (cohort->num_blocks == 0 || cohort->blocks[cohort->num_blocks - 1].number != number)
		{
			cohort->blocks = realloc(cohort->blocks,
									 sizeof(AgeBlock) * (size_t) (cohort->num_blocks + 1));
			cohort->blocks[cohort->num_blocks++] =
				(AgeBlock) {number, NewArray(AGES_PER_BLOCK, sizeof(AgeCounts))};
		}
		block = &cohort->blocks[cohort->num_blocks - 1];
		block->ages[age % AGES_PER_BLOCK] = counts;
	}
	return p;
}

static void
FreeCohort(Cohort *cohort)
{
	for (int32_t i = 0; i < cohort->num_blocks; i++)
		free(cohort->blocks[i].ages);
	free(cohort->blocks);
}

static void
UseRetentionSummary(Bytes value)
{
	const uint8_t *p = value.bytes + RetentionCohortsOffset(LoadU16(value.bytes + 6));
	const uint8_t *end = value.bytes + value.size;

	for (bool is_first = true; p < end; is_first = false)
	{
		uint64_t	distance;
		const uint8_t *start;
		Cohort		cohort;
		Bytes		made;

		if (!is_first)
			p = ReadVarint(p, &distance);
		start = p;
		p = ReadCohort(p, &cohort);
		made = NewBytes(CohortSize(&cohort));
		MUST(WriteCohort(&cohort, made.bytes) == made.bytes + made.size);
		MustBeSame((Bytes) {(uint8_t *) start, (size_t) (p - start)}, made);
		FreeCohort(&cohort);
	}
	MUST(p == end);
}

/* ---- mrr_timeline ---- */

static const PeriodUnit walked_units[] = {PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR};

/* From changes to periods, as all functions about revenue go. */
static void
WalkTimeline(const TimelineChange *changes, const int32_t *products, size_t num_changes,
			 bool has_products, PeriodCut cut)
{
	MrrChange  *walked = NewArray(num_changes, sizeof(MrrChange));
	MrrProduct *sums;
	int32_t		num_products = 0;
	size_t		num_walked = num_changes;
	MrrWalk		walk;
	MrrStep		step;

	for (size_t i = 0; i < num_changes; i++)
		walked[i] = (MrrChange) {changes[i].day, products[i], changes[i].lines, changes[i].mrr};
	if (MrrSortChanges(walked, &num_walked, &num_products))
	{
		sums = NewArray((size_t) num_products, sizeof(MrrProduct));
		MrrWalkBegin(&walk, cut, walked, num_walked, has_products ? sums : NULL, num_products);
		while (MrrWalkNext(&walk, &step) == MRR_STEP)
			MUST(step.before >= 0 && step.after >= 0 && step.peak >= 0 && step.cross_sell >= 0);
		free(sums);
	}
	free(walked);
}

static void
PackTimeline(TimelineChange *changes, size_t num_changes, const TimelineReader *reader, Bytes *made)
{
	*made = NewBytes(TimelineSize(changes, num_changes, reader->has_products,
								  reader->first_start, reader->last_start));
	TimelinePack(changes, num_changes, reader->has_products, reader->first_start,
				 reader->last_start, made->bytes);
}

static void
UseTimeline(Bytes value)
{
	/* a change takes three bytes, and there is one more, twice for merging */
	TimelineChange *changes = NewArray(value.size, sizeof(TimelineChange));
	int32_t    *products = NewArray(value.size, sizeof(int32_t));
	size_t		num_changes = 0;
	size_t		num_twice;
	TimelineReader reader;
	Bytes		made;

	TimelineReadBegin(&reader, value.bytes, value.size);
	for (; TimelineReadNext(&reader, &changes[num_changes]); num_changes++)
		products[num_changes] = reader.product_number;
	for (size_t i = 0; i < sizeof(walked_units) / sizeof(walked_units[0]); i++)
		WalkTimeline(changes, products, num_changes, reader.has_products,
					 (PeriodCut) {walked_units[i], 1});
	PackTimeline(changes, num_changes, &reader, &made);
	MustBeSame(value, made);

	for (size_t i = 0; i < num_changes; i++)
	{
		Bytes		record = NewBytes(TimelineRecordSize(&changes[i], reader.has_products));

		MUST(TimelineWriteRecord(&changes[i], reader.has_products, record.bytes) ==
			 record.bytes + record.size);
		free(record.bytes);
	}

	/* every line twice */
	memcpy(changes + num_changes, changes, sizeof(TimelineChange) * num_changes);
	num_twice = 2 * num_changes;
	if (TimelineFold(changes, &num_twice))
	{
		MUST(num_twice == num_changes);
		PackTimeline(changes, num_twice, &reader, &made);
		/* the sum of the lines of all products may be out of range */
		if (TimelineCheck(made.bytes, made.size) != NULL)
			MUST(strcmp(TimelineCheck(made.bytes, made.size), "A sum is out of range.") == 0);
		free(made.bytes);
	}
	free(products);
	free(changes);
}

/* ---- revenue_summary, revenue_cohort_summary ---- */

/* Read a summary and write it again into made, or add up its size if there is no place. */
static void
CopyRevenue(Bytes value, RevenueWriter *writer)
{
	RevenueHead head = RevenueReadHead(value.bytes);
	int64_t		next_index = PeriodIndex(head.cut, head.first_start);
	RevenueStocks stocks = {0};
	RevenueReader reader;
	RevenuePeriod period;

	if (writer->next != NULL)
	{
		RevenueWriteHead(writer->next, PACKED_REVENUE_SUMMARY, PackedFlags(value.bytes), &head);
		writer->next += REVENUE_HEAD_SIZE;
	}
	writer->size = REVENUE_HEAD_SIZE;
	RevenueReadBegin(&reader, value.bytes, value.size);
	while (RevenueReadPeriod(&reader, &period))
	{
		RevenueReturn *returns = NewArray((size_t) reader.num_returns, sizeof(RevenueReturn));
		size_t		num_returns = 0;
		Movement	returned = {0, 0};

		for (; RevenueReadReturn(&reader, &returns[num_returns]); num_returns++)
		{
			returned.customers += returns[num_returns].movement.customers;
			returned.mrr += returns[num_returns].movement.mrr;
			MUST(num_returns + 1 < value.size);
		}
		MUST(RevenueAddPeriod(&stocks, &period, &returned) == NULL);
		PutRevenuePeriod(writer, &period, (uint64_t) (period.index - next_index), returns,
						 num_returns, reader.has_products);
		next_index = (int64_t) period.index + 1;
		free(returns);
	}
	MUST(reader.problem == NULL);
}

static void
UseRevenueSummary(Bytes value)
{
	RevenueWriter writer = {NULL, 0};
	Bytes		made;

	CopyRevenue(value, &writer);
	made = NewBytes(writer.size);
	writer = (RevenueWriter) {made.bytes, 0};
	CopyRevenue(value, &writer);
	MustBeSame(value, made);
}

static void
CopyRevenueCohorts(Bytes value, RevenueWriter *writer)
{
	RevenueHead head = RevenueReadHead(value.bytes);
	int64_t		next_cohort = PeriodIndex(head.cut, head.first_start);
	int64_t		next_index = 0;
	CohortRevenue sum = {0};
	CohortReader reader;
	CohortChange change;

	if (writer->next != NULL)
	{
		RevenueWriteHead(writer->next, PACKED_REVENUE_COHORT_SUMMARY, PackedFlags(value.bytes), &head);
		writer->next += REVENUE_HEAD_SIZE;
	}
	writer->size = REVENUE_HEAD_SIZE;
	CohortReadBegin(&reader, value.bytes, value.size);
	while (CohortReadChange(&reader, &change))
	{
		if (change.index == change.cohort)
		{
			PutCohort(writer, (uint64_t) (change.cohort - next_cohort), reader.num_changes + 1);
			next_cohort = (int64_t) change.cohort + 1;
			sum = (CohortRevenue) {0};
		}
		else
			PutCount(writer, (uint64_t) (change.index - next_index));
		next_index = (int64_t) change.index + 1;
		PutCohortChange(writer, &change.change);
		MUST(AddCohortRevenue(&sum, &change.change));
		MUST(sum.gross_mrr <= sum.mrr);
	}
	MUST(reader.problem == NULL);
}

static void
UseRevenueCohortSummary(Bytes value)
{
	RevenueWriter writer = {NULL, 0};
	Bytes		made;

	CopyRevenueCohorts(value, &writer);
	made = NewBytes(writer.size);
	writer = (RevenueWriter) {made.bytes, 0};
	CopyRevenueCohorts(value, &writer);
	MustBeSame(value, made);
}

/* ---- engagement_state ---- */

static void
UseEngagementState(Bytes value)
{
	static EngagementKey keys[MAX_ENGAGEMENT_KEYS];
	static KeyContent contents[MAX_ENGAGEMENT_KEYS];
	static KeyMeasure measures[MAX_ENGAGEMENT_KEYS];
	int			num_keys;
	const uint8_t *body = EngagementReadTable(value.bytes + ENGAGEMENT_TABLE, &num_keys, keys);
	const uint8_t *p = body + sizeof(uint64_t);
	int64_t		last = (int64_t) LoadU64(body);
	Bytes		made;

	MUST(EngagementReadTable(value.bytes + ENGAGEMENT_TABLE, &num_keys, NULL) == body);
	for (int i = 0; i < num_keys; i++)
	{
		contents[i].times = NewArray((size_t) keys[i].max_count, sizeof(int64_t));
		p = EngagementReadContent(p, &keys[i], last, &contents[i]);
	}
	MUST(p == value.bytes + value.size);
	for (int moment = 0; moment < 3; moment++)
	{
		int64_t		as_of = moment == 0 ? last : moment == 1 ? END_EVENT_TIME - 1 : FIRST_EVENT_TIME;

		if (EngagementMeasure(body, keys, num_keys, as_of, measures) > as_of)
			continue;
		for (int i = 0; i < num_keys; i++)
			MUST(measures[i].factor >= 0 && isfinite(measures[i].factor));
	}

	made = NewBytes(ENGAGEMENT_TABLE + EngagementTableSize(keys, num_keys) +
					EngagementBodySize(keys, num_keys, contents, last));
	memcpy(made.bytes, value.bytes, ENGAGEMENT_TABLE);
	MUST(EngagementWriteBody(keys, num_keys, contents, last,
							 EngagementWriteTable(keys, num_keys, made.bytes + ENGAGEMENT_TABLE)) ==
		 made.bytes + made.size);
	MustBeSame(value, made);
	for (int i = 0; i < num_keys; i++)
		free(contents[i].times);
}

/* ---- logistic_model ---- */

static void
UseLogisticModel(Bytes value)
{
	LogisticReader reader;
	LogisticHead head = LogisticReadHead(value.bytes, value.size, &reader);
	LogisticTerm term;
	size_t		size = LogisticHeadSize(&head);
	Bytes		made;
	uint8_t    *p;

	for (bool is_feature = false; LogisticReadTerm(&reader, &term); is_feature = true)
		size += LogisticTermSize(&term, is_feature, head.converged);
	made = NewBytes(size);
	p = LogisticWriteHead(made.bytes, &head);
	head = LogisticReadHead(value.bytes, value.size, &reader);
	for (bool is_feature = false; LogisticReadTerm(&reader, &term); is_feature = true)
		p = LogisticWriteTerm(p, &term, is_feature, head.converged);
	MUST(p == made.bytes + made.size);
	MustBeSame(value, made);
}

/* ---- roc_summary ---- */

static void
UseRocSummary(Bytes value)
{
	RocReader	reader;
	RocEntry	entry;
	size_t		size = PACKED_HEADER_SIZE;
	Bytes		made;
	uint8_t    *p;

	RocReadBegin(&reader, value.bytes, value.size);
	while (RocReadEntry(&reader, &entry))
		size += RocEntrySize(&entry);
	made = NewBytes(size);
	p = RocWriteHead(made.bytes);
	RocReadBegin(&reader, value.bytes, value.size);
	while (RocReadEntry(&reader, &entry))
		p = RocWriteEntry(p, &entry);
	MustBeSame(value, made);
}

/* ---- woe_summary ---- */

static void
UseWoeSummary(Bytes value)
{
	uint16_t	flags = PackedFlags(value.bytes);
	bool		has_numbers = (flags & WOE_FLAG_NUMBERS) != 0;
	WoeReader	reader;
	WoeEntry	entry;
	size_t		size = PACKED_HEADER_SIZE;
	Bytes		made;
	uint8_t    *p;

	WoeReadBegin(&reader, value.bytes, value.size);
	while (WoeReadEntry(&reader, &entry))
		size += WoeEntrySize(&entry, has_numbers);
	made = NewBytes(size);
	p = WoeWriteHead(made.bytes, flags);
	WoeReadBegin(&reader, value.bytes, value.size);
	while (WoeReadEntry(&reader, &entry))
		p = WoeWriteEntry(p, &entry, has_numbers);
	MustBeSame(value, made);
}

/* ---- respondent_series ---- */

static void
UseRespondentSeries(Bytes value)
{
	RespondentHead head = RespondentReadHead(value.bytes);
	RespondentReader reader;
	RespondentPeriod period;
	int64_t		next = PeriodIndex(head.cut, head.first_day);
	size_t		size = RESPONDENT_HEAD_SIZE;
	Bytes		made;
	uint8_t    *p;

	RespondentReadBegin(&reader, value.bytes, value.size);
	while (RespondentReadPeriod(&reader, &period))
	{
		size += RespondentPeriodSize(&period, (uint64_t) (period.index - next));
		next = (int64_t) period.index + 1;
	}
	made = NewBytes(size);
	RespondentWriteHead(made.bytes, &head);
	p = made.bytes + RESPONDENT_HEAD_SIZE;
	next = PeriodIndex(head.cut, head.first_day);
	RespondentReadBegin(&reader, value.bytes, value.size);
	while (RespondentReadPeriod(&reader, &period))
	{
		p = RespondentWritePeriod(p, &period, (uint64_t) (period.index - next));
		next = (int64_t) period.index + 1;
	}
	MustBeSame(value, made);
}

/* ---- all types ---- */

typedef struct FuzzedType
{
	const char *name;
	PackedKind	kind;
	const char *(*check) (const uint8_t *bytes, size_t size);
	void		(*use) (Bytes value);	/* of bytes that check accepts */
} FuzzedType;

static const FuzzedType types[] = {
	{"period_spec", PACKED_PERIOD_SPEC, PeriodSpecCheck, UsePeriodSpec},
	{"rating_summary", PACKED_RATING_SUMMARY, RatingSummaryCheck, UseRatingSummary},
	{"rating_series", PACKED_RATING_SERIES, RatingSeriesCheck, UseRatingSeries},
	{"activity_days", PACKED_ACTIVITY_DAYS, ActivityCheck, UseActivityDays},
	{"retention_summary", PACKED_RETENTION_SUMMARY, RetentionCheck, UseRetentionSummary},
	{"mrr_timeline", PACKED_MRR_TIMELINE, TimelineCheck, UseTimeline},
	{"revenue_summary", PACKED_REVENUE_SUMMARY, RevenueCheck, UseRevenueSummary},
	{"revenue_cohort_summary", PACKED_REVENUE_COHORT_SUMMARY, RevenueCohortCheck, UseRevenueCohortSummary},
	{"engagement_state", PACKED_ENGAGEMENT_STATE, EngagementCheck, UseEngagementState},
	{"logistic_model", PACKED_LOGISTIC_MODEL, LogisticCheck, UseLogisticModel},
	{"roc_summary", PACKED_ROC_SUMMARY, RocCheck, UseRocSummary},
	{"woe_summary", PACKED_WOE_SUMMARY, WoeCheck, UseWoeSummary},
	{"respondent_series", PACKED_RESPONDENT_SERIES, RespondentSeriesCheck, UseRespondentSeries},
};

#define NUM_TYPES (sizeof(types) / sizeof(types[0]))

static const FuzzedType *fuzzed;
static bool shows_values;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("RETENTION_FUZZED_TYPE");

	(void) argc;
	(void) argv;
	for (size_t i = 0; i < NUM_TYPES && name != NULL; i++)
		if (strcmp(types[i].name, name) == 0)
			fuzzed = &types[i];
	if (fuzzed == NULL)
	{
		/* which is how test/fuzz.sh learns what there is */
		for (size_t i = 0; i < NUM_TYPES; i++)
			printf("%s %d\n", types[i].name, types[i].kind);
		exit(name == NULL ? 0 : 2);
	}
	shows_values = getenv("RETENTION_SHOW_VALUES") != NULL;
	return 0;
}

static void
ShowValue(Bytes value)
{
	char	   *text = NewArray(2 * value.size + 3, 1);

	PackedToHex(value.bytes, value.size, text);
	puts(text + 2);
	fflush(stdout);
	free(text);
}

/* The text form leads back to the bytes; the input as text leads to bytes or is refused. */
static void
UseText(const uint8_t *data, size_t size, Bytes value)
{
	char	   *text = NewArray(2 * value.size + 3, 1);
	Bytes		made = NewBytes(value.size);

	PackedToHex(value.bytes, value.size, text);
	MUST(PackedFromHex(text, made.bytes, &made.size) == NULL);
	MustBeSame(value, made);
	free(text);

	text = NewArray(size + 1, 1);
	memcpy(text, data, size);
	made = NewBytes(strlen(text) / 2 + 1);
	(void) PackedFromHex(text, made.bytes, &made.size);
	free(made.bytes);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Bytes		value = NewBytes(size);

	memcpy(value.bytes, data, size);
	if (size > 0)
		value.bytes[0] = PACKED_VERSION;
	if (size > 1)
		value.bytes[1] = (uint8_t) fuzzed->kind;
	UseText(data, size, value);
	if (fuzzed->check(value.bytes, value.size) == NULL)
	{
		fuzzed->use(value);
		if (shows_values)
			ShowValue(value);
	}
	free(value.bytes);
	return 0;
}
