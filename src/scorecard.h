/*
 * scorecard.h
 *	  scorecard: a scoring model as a JSON document, and the same taken apart.
 *
 *	  scorecard.c			the type, and what functions remember of a card
 *	  scorecard_checker.c	the walk along the schema: problems, objects, arrays, scalars
 *	  scorecard_check.c		what is wrong with a document; its canonical text
 *	  scorecard_text.c		what is wrong with a text before it is a document
 *	  scorecard_rules.c		a document taken apart
 *	  scorecard_conditions.c	conditions on attributes
 *	  engagement.c			engagement_state
 *	  lead_score.c			scores and their explanation
 *	  decay_sum.c			sums of decaying terms, and where they are zero
 *	  crossing_time.c		when a score falls below a threshold
 *	  lead_id.c				who is the same lead in two queries
 *	  score_leads.c			scores of all leads of a query
 */
#ifndef RETENTION_SCORECARD_H
#define RETENTION_SCORECARD_H

#include "engagement_format.h"
#include "packed_io.h"

#include "access/tupdesc.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"

/*
 * The limits of a document. They are written down in doc/leads.md and in
 * doc/scorecard.schema.json, and checked before anything that takes time or memory.
 */
#define MAX_CARD_SIZE (1024 * 1024)	/* bytes, as text */
#define MAX_CARD_JSONB_SIZE (4 * MAX_CARD_SIZE)
#define MAX_CARD_DEPTH 100		/* objects and arrays within each other */
#define MAX_CARD_RULES 1000		/* of fit and engagement together */
#define MAX_CARD_GROUPS 1000	/* of fit, of engagement */
#define MAX_CARD_GRADES 100		/* of fit, of engagement */
#define MAX_CARD_CONDITIONS 10000	/* tests and what joins them */
#define MAX_CONDITION_DEPTH 32	/* conditions within each other */
#define MAX_LIST_VALUES 10000	/* of one in or not_in */
#define MAX_NAME_LENGTH 255		/* bytes */
#define MAX_TEXT_LENGTH 10000	/* bytes of a text in a test */
#define MAX_NUMBER_DIGITS 100	/* before and behind the decimal point of a number */
#define MAX_POINTS 1000000000

/* ---- the document ---- */

/* A problem of a document. The path is one of SQL/JSON. */
typedef struct CardProblem
{
	char	   *path;
	char	   *problem;
} CardProblem;

extern List *CheckCard(Jsonb *document, StringInfo canonical);
extern char *ProblemOfSize(Size size, Size max_size);
extern char *ProblemOfText(char *text);
extern char *ShownText(const char *bytes, int length);
extern int64 ParseCardPeriod(const char *text, const char **problem);

/* ---- the values of a checked document ---- */

extern JsonbValue *CardMember(JsonbContainer *object, const char *name);
extern JsonbContainer *CardContainer(JsonbContainer *object, const char *name);
extern char *CardString(JsonbContainer *object, const char *name);
extern JsonbContainer *CardItem(JsonbContainer *array, int index);
extern int	NumCardItems(JsonbContainer *array);

/* ---- conditions ---- */

typedef enum TestOp
{
	OP_EQ, OP_NE, OP_IN, OP_NOT_IN, OP_LT, OP_LE, OP_GT, OP_GE, OP_BETWEEN, OP_LIKE,
	OP_CONTAINS, OP_IS_NULL, OP_IS_NOT_NULL
} TestOp;

#define NUM_TEST_OPS (OP_IS_NOT_NULL + 1)

extern const char *const test_op_names[NUM_TEST_OPS];

typedef enum ConditionKind
{
	CONDITION_TEST, CONDITION_ALL, CONDITION_ANY, CONDITION_NOT
} ConditionKind;

typedef struct Condition
{
	ConditionKind kind;
	int			num_parts;
	struct Condition *parts;	/* of all, any, not */
	int			num_steps;		/* of a test: the attribute's path */
	JsonbValue *steps;
	TestOp		op;
	int			num_values;
	JsonbValue *values;
} Condition;

extern void CompileCondition(Condition *condition, JsonbContainer *object);
extern bool ConditionHolds(const Condition *condition, JsonbContainer *attributes);

/* ---- a card taken apart ---- */

typedef struct CardRule
{
	char	   *name;
	double		points;
	Condition	condition;		/* of fit */
	char	   *event;			/* of engagement */
	int			key;			/* of engagement: its number among the card's keys */
} CardRule;

typedef struct CardGroup
{
	char	   *name;
	double		min;			/* -Infinity: none */
	double		max;			/* Infinity: none */
	int			num_rules;
	CardRule   *rules;
} CardGroup;

typedef struct CardGrade
{
	char	   *name;
	int			length;			/* of the name */
	double		at_least;		/* -Infinity: the rest */
} CardGrade;

/* fit or engagement */
typedef struct CardComponent
{
	int			num_groups;
	CardGroup  *groups;
	int			num_grades;		/* 0: there is no list */
	CardGrade  *grades;
	double		qualified;		/* points to be qualified; NaN: not asked for */
} CardComponent;

/* An event that some rule names, and the keys that count it. */
typedef struct CardEvent
{
	uint64		start;			/* its first bytes */
	uint32		length;
	const char *bytes;
	int			next;			/* with the same hash; -1: none */
	int			num_keys;
	int		   *keys;
} CardEvent;

typedef struct Scorecard
{
	CardComponent fit;
	CardComponent engagement;
	double		min;
	double		max;
	bool		has_qualified;
	int			num_keys;
	EngagementKey *keys;
	char	  **key_events;
	uint64		fingerprint;	/* of the keys */
	size_t		table_size;		/* their bytes in a state */
	uint8	   *table;
	int			num_events;
	CardEvent  *events;
	uint32		hash_mask;
	int		   *hash_slots;		/* the first event with a hash; -1: none */
} Scorecard;

extern Scorecard *CompileCard(Jsonb *document);

/* What a name's first bytes are as a number. */
static inline uint64
StartOfName(const char *bytes, uint32 length)
{
	uint64		start = 0;

	if (likely(length >= sizeof(uint64)))
		memcpy(&start, bytes, sizeof(uint64));
	else
		memcpy(&start, bytes, length);
	return start;
}

static inline uint32
HashOfName(uint64 start, uint32 length)
{
	return (uint32) (((start ^ length) * UINT64CONST(0x9E3779B97F4A7C15)) >> 40);
}

/* The event with a name; NULL if no rule names it. */
static inline const CardEvent *
FindCardEvent(const Scorecard *card, const char *bytes, uint32 length)
{
	uint64		start = StartOfName(bytes, length);

	for (int i = card->hash_slots[HashOfName(start, length) & card->hash_mask]; i >= 0;
		 i = card->events[i].next)
	{
		const CardEvent *event = &card->events[i];

		if (event->start == start && event->length == length &&
			(length <= sizeof(uint64) || memcmp(event->bytes, bytes, length) == 0))
			return event;
	}
	return NULL;
}

/* ---- what a function remembers from row to row; it lives in fn_extra ---- */

typedef struct CardReader
{
	MemoryContext context;		/* of the card */
	bool		is_constant;	/* the card cannot be another one in this query */
	Packed	   *packed;			/* the card, as the argument was; NULL: none */
	Scorecard  *card;
	TupleDesc	row;			/* the result's row type; NULL: not looked up yet */
	KeyMeasure *measures;		/* room for one of each key */
} CardReader;

extern CardReader *ReadCard(FunctionCallInfo fcinfo, int argno);
extern Scorecard *CardOfPacked(PackedView view);

/* The reader for the scorecard in argument argno; an error if that is NULL. */
static inline CardReader *
CardReaderFor(FunctionCallInfo fcinfo, int argno)
{
	CardReader *reader = (CardReader *) fcinfo->flinfo->fn_extra;

	if (likely(reader != NULL && reader->is_constant && reader->packed != NULL))
		return reader;
	return ReadCard(fcinfo, argno);
}

#endif							/* RETENTION_SCORECARD_H */
