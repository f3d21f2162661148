/*
 * score_leads.c
 *	  score_leads(card, leads_query, events_query, as_of): the scores of all leads.
 *
 * Both queries run as the caller. Their rows go into a customer table, leads with the
 * points of fit, events decayed to as_of: so a lead takes a few words, whatever he did.
 */
#include "lead_id.h"
#include "lead_score.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(score_leads);

/*
 * What is kept of a lead: the marks, the points of fit, then a word for each key of the
 * card, LeadWords(). A word is a number of events or their decayed sum, a double; where
 * only the newest events count and not all alike, the address of their NewestTimes.
 */
typedef struct LeadEntry
{
	uint64		marks;
	double		fit;
} LeadEntry;

#define ENTRY_IN_USE 1
#define ENTRY_IS_LEAD 2			/* it came from leads_query */

/* The newest events of a key: a heap whose root is the oldest of them. */
typedef struct NewestTimes
{
	int32		num_times;
	int32		max_times;		/* 8 bytes less than a power of two in all */
	int64		times[FLEXIBLE_ARRAY_MEMBER];
} NewestTimes;

/* A row of either query. */
typedef struct LeadRow
{
	int64		event;			/* its number in the card; LEAD_ROW: it is a lead */
	union
	{
		int64		at;
		double		fit;
	}			of;
} LeadRow;

#define LEAD_ROW (-1)

typedef struct ScorePass
{
	const Scorecard *card;
	int64		as_of;
	CustomerOps ops;
	CustomerKeyType key_type;
	CustomerTable *leads;
	Arena	   *arena;			/* of the lists of times */
	bool	   *has_times;		/* of each key */
	LeadIdColumn lead_id;		/* of the query that runs */
	Oid			attributes_type;
	bool		event_is_padded;
	MemoryContext row_context;	/* of a row that comes in or goes out */
	KeyMeasure *measures;
	ReturnSetInfo *result;
	char	   *id_text;		/* a lead_id as a datum */
	size_t		id_size;
} ScorePass;

/* What gets the rows of a query. */
typedef struct RowReceiver
{
	DestReceiver base;
	ScorePass  *pass;
	TupleDesc	checked;		/* the columns that were checked when the query was prepared */
} RowReceiver;

static inline uint64 *
LeadWords(const LeadEntry *lead)
{
	return (uint64 *) (lead + 1);
}

static inline double
DoubleOfWord(uint64 word)
{
	double		value;

	memcpy(&value, &word, sizeof(value));
	return value;
}

static inline uint64
WordOfDouble(double value)
{
	uint64		word;

	memcpy(&word, &value, sizeof(word));
	return word;
}

static inline NewestTimes *
TimesOfWord(uint64 word)
{
	return (NewestTimes *) (uintptr_t) word;
}

/* ---- the newest times of a key ---- */

static size_t
TimesSize(int32 max_times)
{
	return offsetof(NewestTimes, times) + sizeof(int64) * (size_t) max_times;
}

static NewestTimes *
GrowTimes(Arena *arena, NewestTimes *old)
{
	int32		max_times = old == NULL ? 3 : old->max_times * 2 + 1;
	NewestTimes *larger = (NewestTimes *) ArenaAllocPiece(arena, TimesSize(max_times));

	larger->num_times = 0;
	if (old != NULL)
	{
		memcpy(larger, old, TimesSize(old->num_times));
		ArenaFreePiece(arena, old, TimesSize(old->max_times));
	}
	larger->max_times = max_times;
	return larger;
}

/* Let the root sink to where no time below it is older. */
static void
SinkRoot(NewestTimes *newest)
{
	int64	   *times = newest->times;
	int32		i = 0;

	for (int32 child = 1; child < newest->num_times; child = 2 * i + 1)
	{
		int64		swap = times[i];

		if (child + 1 < newest->num_times && times[child + 1] < times[child])
			child++;
		if (times[child] >= times[i])
			break;
		times[i] = times[child];
		times[child] = swap;
		i = child;
	}
}

static void
RaiseLast(NewestTimes *newest)
{
	int64	   *times = newest->times;

	for (int32 i = newest->num_times - 1; i > 0 && times[(i - 1) / 2] > times[i]; i = (i - 1) / 2)
	{
		int64		swap = times[i];

		times[i] = times[(i - 1) / 2];
		times[(i - 1) / 2] = swap;
	}
}

/* Add a time to the newest max_count. */
static void
AddTime(Arena *arena, uint64 *word, int32 max_count, int64 at)
{
	NewestTimes *newest = TimesOfWord(*word);

	if (newest != NULL && newest->num_times == max_count)
	{
		if (at > newest->times[0])
		{
			newest->times[0] = at;
			SinkRoot(newest);
		}
		return;
	}
	if (newest == NULL || newest->num_times == newest->max_times)
	{
		newest = GrowTimes(arena, newest);
		*word = (uint64) (uintptr_t) newest;
	}
	newest->times[newest->num_times++] = at;
	RaiseLast(newest);
}

/* ---- what the customer table asks for ---- */

/* The key of a lead stands before his entry. */
static const uint64 *
KeyOfEntry(const ScorePass *pass, const void *entry)
{
	return (const uint64 *) entry - KeyWords(pass->key_type);
}

/* Room for a lead_id of so many bytes as a text. */
static char *
RoomForId(ScorePass *pass, size_t length)
{
	if (VARHDRSZ + length > pass->id_size)
	{
		pass->id_size = 2 * (VARHDRSZ + length);
		pass->id_text = repalloc(pass->id_text, pass->id_size);
	}
	SET_VARSIZE(pass->id_text, VARHDRSZ + length);
	return VARDATA(pass->id_text);
}

/* The lead_id of an entry as a text, which is valid until the next call. */
static Datum
IdOfEntry(ScorePass *pass, const void *entry)
{
	const uint64 *key = KeyOfEntry(pass, entry);

	if (pass->key_type == CUSTOMER_BIGINT)
	{
		char		digits[MAXINT8LEN + 1];
		int			length = pg_lltoa((int64) key[0], digits);

		memcpy(RoomForId(pass, length), digits, length);
	}
	else if (pass->key_type == CUSTOMER_UUID)
	{
		char	   *digits = DatumGetCString(DirectFunctionCall1(uuid_out, PointerGetDatum(key)));

		memcpy(RoomForId(pass, strlen(digits)), digits, strlen(digits));
		pfree(digits);
	}
	else if (IsLongText(key))
		memcpy(RoomForId(pass, LongTextLength(key)), LongTextBytes(key), LongTextLength(key));
	else
	{
		uint8		length = ((const uint8 *) key)[TEXT_MARK];

		memcpy(RoomForId(pass, length), key, length);
	}
	return PointerGetDatum(pass->id_text);
}

/* An event of a key: count it, with what is left of it at as_of. */
static inline void
AddLeadEvent(ScorePass *pass, int number, uint64 *word, int64 at)
{
	const EngagementKey *key = &pass->card->keys[number];
	uint64		age = TimeBetween(at, pass->as_of);

	if (pass->has_times[number])
	{
		if (key->decay == DECAY_HALF_LIFE || age < (uint64) key->period)
			AddTime(pass->arena, word, key->max_count, at);
	}
	else
		*word = WordOfDouble(DoubleOfWord(*word) + DecayFactor(key, age));
}

static void
MarkLead(ScorePass *pass, LeadEntry *lead, double fit)
{
	if ((lead->marks & ENTRY_IS_LEAD) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("leads_query returns lead_id %s more than once",
						TextDatumGetCString(IdOfEntry(pass, lead)))));
	lead->marks |= ENTRY_IS_LEAD;
	lead->fit = fit;
}

static void
AbsorbRows(void *concept, void *const *entries, const void *rows, int num_rows)
{
	ScorePass  *pass = (ScorePass *) concept;
	const LeadRow *row = (const LeadRow *) rows;

	for (int i = 0; i < num_rows; i++, row++)
	{
		LeadEntry  *lead = (LeadEntry *) entries[i];
		const CardEvent *event;

		if (row->event == LEAD_ROW)
		{
			MarkLead(pass, lead, row->of.fit);
			continue;
		}
		event = &pass->card->events[row->event];
		for (int j = 0; j < event->num_keys; j++)
			AddLeadEvent(pass, event->keys[j], &LeadWords(lead)[event->keys[j]], row->of.at);
	}
}

/* A lead is saved as his entry, and for each list of times their number and the times. */
static void
SaveLead(void *concept, const void *entry, StringInfo out)
{
	const ScorePass *pass = (const ScorePass *) concept;
	const uint64 *words = LeadWords((const LeadEntry *) entry);

	appendBinaryStringInfo(out, (const char *) entry, (int) pass->ops.entry_size);
	for (int i = 0; i < pass->card->num_keys; i++)
	{
		const NewestTimes *newest = pass->has_times[i] ? TimesOfWord(words[i]) : NULL;

		if (newest == NULL)
			continue;
		appendBinaryStringInfo(out, (const char *) &newest->num_times, sizeof(int32));
		appendBinaryStringInfo(out, (const char *) newest->times,
							   (int) sizeof(int64) * newest->num_times);
	}
}

static void
AbsorbSavedLead(void *concept, void *entry, const char *saved, size_t size)
{
	ScorePass  *pass = (ScorePass *) concept;
	LeadEntry  *lead = (LeadEntry *) entry;
	uint64	   *words = LeadWords(lead);
	LeadEntry	added;
	const char *added_words = saved + sizeof(LeadEntry);
	const char *p = saved + pass->ops.entry_size;

	(void) size;
	memcpy(&added, saved, sizeof(added));
	if ((added.marks & ENTRY_IS_LEAD) != 0)
		MarkLead(pass, lead, added.fit);
	for (int i = 0; i < pass->card->num_keys; i++)
	{
		uint64		word;
		int32		num_times;

		memcpy(&word, added_words + sizeof(uint64) * i, sizeof(word));
		if (!pass->has_times[i])
		{
			words[i] = WordOfDouble(DoubleOfWord(words[i]) + DoubleOfWord(word));
			continue;
		}
		if (word == 0)
			continue;
		memcpy(&num_times, p, sizeof(num_times));
		p += sizeof(num_times);
		for (int32 j = 0; j < num_times; j++, p += sizeof(int64))
		{
			int64		at;

			memcpy(&at, p, sizeof(at));
			AddTime(pass->arena, &words[i], pass->card->keys[i].max_count, at);
		}
	}
}

/* What a key's word is worth at as_of. */
static double
FactorOfWord(const ScorePass *pass, int number, uint64 word)
{
	const EngagementKey *key = &pass->card->keys[number];
	const NewestTimes *newest;
	double		factor = 0;

	if (!pass->has_times[number])
	{
		factor = DoubleOfWord(word);
		return key->max_count > 0 ? Min(factor, (double) key->max_count) : factor;
	}
	newest = TimesOfWord(word);
	for (int32 i = 0; newest != NULL && i < newest->num_times; i++)
		factor += DecayFactor(key, TimeBetween(newest->times[i], pass->as_of));
	return factor;
}

/* A lead is complete: write his row. Who is only in events_query has none. */
static void
FinishLead(void *concept, const void *entry)
{
	ScorePass  *pass = (ScorePass *) concept;
	const LeadEntry *lead = (const LeadEntry *) entry;
	MemoryContext old_context;
	RowBuilder	row;

	if ((lead->marks & ENTRY_IS_LEAD) == 0)
		return;
	old_context = MemoryContextSwitchTo(pass->row_context);
	for (int i = 0; i < pass->card->num_keys; i++)
		pass->measures[i].factor = FactorOfWord(pass, i, LeadWords(lead)[i]);
	row.num_columns = 0;
	AddColumn(&row, IdOfEntry(pass, entry));
	AddScoreColumns(&row, pass->card,
					ScoreOf(pass->card, lead->fit, EngagementOf(pass->card, pass->measures)));
	EmitRow(pass->result, &row);
	MemoryContextSwitchTo(old_context);
	MemoryContextReset(pass->row_context);
}

/* ---- rows of the queries ---- */

/* Add a row, which is written already, to the lead of a lead_id. */
static inline void
AddRowOfLead(ScorePass *pass, Datum lead_id)
{
	CustomerTableAddRow(pass->leads, pass->key_type, sizeof(LeadRow),
						KeyOfLeadId(&pass->lead_id, lead_id));
}

/* The points of fit of a lead with attributes of json or jsonb. */
static double
FitOfDatum(const ScorePass *pass, Datum attributes, bool is_null)
{
	if (is_null)
		return FitOf(pass->card, NULL);
	if (pass->attributes_type == JSONOID)
		attributes = DirectFunctionCall1(jsonb_in, CStringGetDatum(TextDatumGetCString(attributes)));
	return FitOf(pass->card, AttributesOf(DatumGetJsonbP(attributes)));
}

static bool
ReceiveLead(TupleTableSlot *slot, DestReceiver *self)
{
	ScorePass  *pass = ((RowReceiver *) self)->pass;
	MemoryContext old_context;
	LeadRow    *row;

	slot_getallattrs(slot);
	if (slot->tts_isnull[0])
		return true;
	old_context = MemoryContextSwitchTo(pass->row_context);
	row = (LeadRow *) CustomerTableNextRow(pass->leads);
	row->event = LEAD_ROW;
	row->of.fit = FitOfDatum(pass, slot->tts_values[1], slot->tts_isnull[1]);
	AddRowOfLead(pass, slot->tts_values[0]);
	MemoryContextSwitchTo(old_context);
	MemoryContextReset(pass->row_context);
	return true;
}

static pg_noinline void
RefuseTimeOfEvent(const ScorePass *pass, int64 at)
{
	CheckFiniteMoment(at, "the time of an event");
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("events_query returns an event at %s, after as_of %s", MomentForMessage(at),
					MomentForMessage(pass->as_of)),
			 errhint("Leave later events out: WHERE at <= as_of.")));
}

/* The event of a row; NULL if no rule names it. */
static inline const CardEvent *
EventOfDatum(const ScorePass *pass, Datum name)
{
	PackedView	view = PackedViewOf(name);

	while (pass->event_is_padded && view.size > 0 && view.bytes[view.size - 1] == ' ')
		view.size--;
	return FindCardEvent(pass->card, (const char *) view.bytes, (uint32) view.size);
}

static bool
ReceiveEvent(TupleTableSlot *slot, DestReceiver *self)
{
	ScorePass  *pass = ((RowReceiver *) self)->pass;
	const CardEvent *event;
	MemoryContext old_context;
	LeadRow    *row;
	int64		at;

	slot_getallattrs(slot);
	if (slot->tts_isnull[0] || slot->tts_isnull[1] || slot->tts_isnull[2])
		return true;
	event = EventOfDatum(pass, slot->tts_values[1]);
	if (event == NULL)
		return true;
	at = DatumGetInt64(slot->tts_values[2]);
	if (unlikely(at > pass->as_of || TIMESTAMP_IS_NOBEGIN(at)))
		RefuseTimeOfEvent(pass, at);
	row = (LeadRow *) CustomerTableNextRow(pass->leads);
	row->event = event - pass->card->events;
	row->of.at = at;
	if (likely(pass->key_type == CUSTOMER_BIGINT))
	{
		AddRowOfLead(pass, slot->tts_values[0]);
		return true;
	}
	old_context = MemoryContextSwitchTo(pass->row_context);
	AddRowOfLead(pass, slot->tts_values[0]);
	MemoryContextSwitchTo(old_context);
	if (LeadIdTakesMemory(&pass->lead_id))
		MemoryContextReset(pass->row_context);
	return true;
}

/* A table may have been altered since: the columns must still be those that were checked. */
static void
StartReceiver(DestReceiver *self, int operation, TupleDesc descriptor)
{
	TupleDesc	checked = ((RowReceiver *) self)->checked;

	(void) operation;
	for (int i = 0; i < checked->natts; i++)
		if (descriptor->natts != checked->natts ||
			TupleDescAttr(descriptor, i)->atttypid != TupleDescAttr(checked, i)->atttypid)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("the columns of a query of score_leads() changed while it ran")));
}

static void
StopReceiver(DestReceiver *self)
{
	(void) self;
}

/* ---- the columns of the queries ---- */

/* The plan of a query of so many columns, and what they are. */
static SPIPlanPtr
PrepareQuery(const char *query, const char *name, int num_columns, const char *columns,
			 TupleDesc *descriptor)
{
	SPIPlanPtr	plan = SPI_prepare(query, 0, NULL);
	List	   *sources;

	if (plan == NULL)
		elog(ERROR, "%s cannot be prepared: %s", name, SPI_result_code_string(SPI_result));
	sources = SPI_plan_get_plan_sources(plan);
	*descriptor = list_length(sources) == 1
		? ((CachedPlanSource *) linitial(sources))->resultDesc : NULL;
	if (*descriptor == NULL || (*descriptor)->natts != num_columns)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be one query with %d columns: %s", name, num_columns, columns),
				 *descriptor == NULL ? 0
				 : errdetail_plural("It has %d column.", "It has %d columns.",
									(*descriptor)->natts, (*descriptor)->natts)));
	*descriptor = CreateTupleDescCopy(*descriptor);
	return plan;
}

static Oid
ColumnType(TupleDesc descriptor, int column)
{
	return getBaseType(TupleDescAttr(descriptor, column)->atttypid);
}

/* Whether a type is one of texts. */
static bool
IsTextType(Oid type)
{
	char		category;
	bool		is_preferred;

	get_type_category_preferred(type, &category, &is_preferred);
	return category == TYPCATEGORY_STRING && get_typlen(type) == -1;
}

NORETURN static void
RefuseColumn(const char *query, const char *column, const char *types, Oid type, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("%s of %s must be %s, not %s", column, query, types, format_type_be(type)),
			 errhint("%s", hint)));
}

static void
CheckColumns(ScorePass *pass, TupleDesc leads, TupleDesc events)
{
	Oid			event_type = ColumnType(events, 1);
	Oid			at_type = ColumnType(events, 2);

	pass->attributes_type = ColumnType(leads, 1);
	if (pass->attributes_type != JSONOID && pass->attributes_type != JSONBOID)
		RefuseColumn("leads_query", "attributes", "json or jsonb", pass->attributes_type,
					 "A row becomes an object with to_jsonb(lead).");
	if (!IsTextType(event_type))
		RefuseColumn("events_query", "event", "a text", event_type, "Write event::text.");
	if (at_type != TIMESTAMPTZOID)
		RefuseColumn("events_query", "at", "a timestamptz", at_type,
					 "Say in which zone the time is: at AT TIME ZONE 'Europe/Berlin'.");
	pass->event_is_padded = event_type == BPCHAROID;
}

/* ---- the function ---- */

static void
StartPass(ScorePass *pass, MemoryContext context)
{
	int			num_keys = pass->card->num_keys;

	pass->ops = (CustomerOps) {
		.entry_size = sizeof(LeadEntry) + sizeof(uint64) * num_keys,
		.row_size = sizeof(LeadRow),
		.blank = ENTRY_IN_USE,
		.absorb = AbsorbRows,
		.save = SaveLead,
		.absorb_saved = AbsorbSavedLead,
		.finish = FinishLead
	};
	pass->leads = CustomerTableCreate(context, pass->key_type, &pass->ops, pass);
	pass->arena = CustomerTableArena(pass->leads);
	pass->has_times = (bool *) MemoryContextAllocZero(context, sizeof(bool) * Max(num_keys, 1));
	for (int i = 0; i < num_keys; i++)
		/* of events that expire only how many there are is asked */
		pass->has_times[i] = KeyHasTimes(&pass->card->keys[i]) &&
			pass->card->keys[i].decay != DECAY_EXPIRE;
	pass->measures = (KeyMeasure *) MemoryContextAllocZero(context, sizeof(KeyMeasure) * Max(num_keys, 1));
	pass->id_size = 64;
	pass->id_text = (char *) MemoryContextAlloc(context, pass->id_size);
	pass->row_context = AllocSetContextCreate(context, "row of score_leads", ALLOCSET_DEFAULT_SIZES);
}

static void
RunQuery(ScorePass *pass, SPIPlanPtr plan, TupleDesc descriptor,
		 bool (*receive) (TupleTableSlot *slot, DestReceiver *self))
{
	RowReceiver receiver = {
		.base = {
			.receiveSlot = receive, .rStartup = StartReceiver, .rShutdown = StopReceiver,
			.rDestroy = StopReceiver, .mydest = DestNone
		},
		.pass = pass,
		.checked = descriptor
	};
	SPIExecuteOptions options = {
		.read_only = true, .must_return_tuples = true, .dest = &receiver.base
	};
	int			result;

	pass->lead_id = LeadIdOfColumn(TupleDescAttr(descriptor, 0), pass->key_type);
	result = SPI_execute_plan_extended(plan, &options);
	if (result < 0)
		elog(ERROR, "a query of score_leads failed: %s", SPI_result_code_string(result));
	/* what is wrong with its last rows is not to be blamed on the next query */
	CustomerTableFlush(pass->leads);
}

/* Prepare both queries, run them, and write a row for each lead. */
static void
ScoreLeads(ScorePass *pass, const char *leads_query, const char *events_query)
{
	TupleDesc	leads;
	TupleDesc	events;
	SPIPlanPtr	leads_plan;
	SPIPlanPtr	events_plan;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "score_leads",
												  ALLOCSET_DEFAULT_SIZES);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	leads_plan = PrepareQuery(leads_query, "leads_query", 2, "lead_id, attributes", &leads);
	events_plan = PrepareQuery(events_query, "events_query", 3, "lead_id, event, at", &events);
	CheckColumns(pass, leads, events);
	pass->key_type = KeyTypeOfLeadIds(TupleDescAttr(leads, 0), TupleDescAttr(events, 0));
	StartPass(pass, context);
	RunQuery(pass, leads_plan, leads, ReceiveLead);
	RunQuery(pass, events_plan, events, ReceiveEvent);
	CustomerTableFinish(pass->leads);
	SPI_finish();
	MemoryContextDelete(context);
}

/*
 * score_leads(card, leads_query, events_query, as_of): a row for each lead of
 * leads_query, in no order. Rows without lead_id, and events without name or time or
 * that no rule names, are ignored. Errors are NULL arguments, other columns than
 * lead_id, attributes and lead_id, event, at, an event after as_of, and a lead_id that
 * comes twice in leads_query.
 */
Datum
score_leads(PG_FUNCTION_ARGS)
{
	ScorePass	pass = {0};

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be NULL", PG_ARGISNULL(1) ? "leads_query" : "events_query")));
	pass.card = CardReaderFor(fcinfo, 0)->card;
	pass.as_of = MomentOfArgument(fcinfo, 3);
	pass.result = BeginRows(fcinfo);
	ScoreLeads(&pass, text_to_cstring(PG_GETARG_TEXT_PP(1)), text_to_cstring(PG_GETARG_TEXT_PP(2)));
	PG_RETURN_NULL();
}
