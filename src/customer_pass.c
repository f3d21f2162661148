/*
 * customer_pass.c
 *	  What the states of all aggregates that read raw rows once have in common.
 */
#include "customer_pass.h"

#include "aggregate.h"

/*
 * What a worker sends begins with this, followed by the state's own header and the
 * customers. The number changes with what is sent: while the library is replaced, a
 * worker may load another one than the leader.
 */
#define SENT_FORMAT UINT64CONST(0x5265746300000001)

typedef struct SentHeader
{
	uint64		format;
	uint64		header_size;
} SentHeader;

static void
CloseTable(Datum pass)
{
	CustomerTable *customers = ((CustomerPass *) DatumGetPointer(pass))->customers;

	if (customers != NULL)
		CustomerTableClose(customers);
}

/* Close temporary files when the aggregate is done with the state, which may be early. */
void
ClosePassWithAggregate(FunctionCallInfo fcinfo, CustomerPass *pass)
{
	AggRegisterCallback(fcinfo, CloseTable, PointerGetDatum(pass));
}

/* A state as bytea: a header, and all customers. They are used up. */
Datum
SerializePass(CustomerPass *pass, const void *header, size_t header_size)
{
	SentHeader	sent = {SENT_FORMAT, header_size};
	StringInfoData out;

	initStringInfo(&out);
	out.len = VARHDRSZ;
	appendBinaryStringInfo(&out, (char *) &sent, sizeof(sent));
	appendBinaryStringInfo(&out, (const char *) header, (int) header_size);
	CustomerTableSave(pass->customers, &out);
	SET_VARSIZE(out.data, out.len);
	PG_RETURN_BYTEA_P((bytea *) out.data);
}

/* bytea -> state, which is not looked at before it is combined */
Datum
DeserializePass(FunctionCallInfo fcinfo)
{
	bytea	   *sent = PG_GETARG_BYTEA_PP(0);
	CustomerPass *pass = (CustomerPass *) palloc0(sizeof(CustomerPass));

	pass->sent = VARDATA_ANY(sent);
	pass->sent_size = VARSIZE_ANY_EXHDR(sent);
	PG_RETURN_POINTER(pass);
}

/* Add what a worker sent to a state, which is made if there is none. */
static CustomerPass *
AddSent(FunctionCallInfo fcinfo, CustomerPass *pass, const CustomerPass *other,
		PrepareForSent prepare)
{
	SentHeader	sent = {0};
	const char *header = other->sent + sizeof(sent);
	const char *customers;

	memcpy(&sent, other->sent, Min(sizeof(sent), other->sent_size));
	if (sent.format != SENT_FORMAT)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a parallel worker runs another version of the library of retention"),
				 errhint("It was replaced while this session was open: connect again.")));
	customers = header + sent.header_size;
	pass = prepare(fcinfo, pass, header);
	CustomerTableAddSaved(pass->customers, customers, other->sent + other->sent_size - customers);
	return pass;
}

/*
 * state, state -> state. Not strict, which a state of type internal does not allow;
 * NULL and NULL give NULL all the same. The second state, and the first one that is
 * not NULL, come from a worker.
 */
Datum
CombinePasses(FunctionCallInfo fcinfo, const char *aggregate, PrepareForSent prepare)
{
	CustomerPass *pass = PG_ARGISNULL(0) ? NULL : (CustomerPass *) PG_GETARG_POINTER(0);

	RequireAggregate(fcinfo, aggregate);
	if (!PG_ARGISNULL(1))
		pass = AddSent(fcinfo, pass, (CustomerPass *) PG_GETARG_POINTER(1), prepare);
	if (pass == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(pass);
}
