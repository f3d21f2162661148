/*
 * scorecard_checker.h
 *	  The walk along the schema of a scorecard: problems, paths, objects, arrays, scalars.
 */
#ifndef RETENTION_SCORECARD_CHECKER_H
#define RETENTION_SCORECARD_CHECKER_H

#include "scorecard.h"

/* A check stops after this number of problems. */
#define MAX_PROBLEMS 1000

typedef struct Checker
{
	StringInfo	out;			/* the canonical text */
	StringInfoData path;		/* of the value that is looked at */
	List	   *problems;
	int64		num_rules;
	int			num_conditions;
	int			condition_depth;
	bool		is_stopped;		/* nothing more is looked at */
	Numeric		largest_number;
} Checker;

typedef void (*CheckValue) (Checker *checker, JsonbValue *value);

/* A key that an object may have. */
typedef struct KeySpec
{
	const char *name;
	bool		is_required;
	CheckValue	check;
} KeySpec;

extern void AddProblem(Checker *checker, const char *format,...) pg_attribute_printf(2, 3);
extern int EnterKey(Checker *checker, const char *key, int length);
extern int EnterItem(Checker *checker, int index);
extern void LeavePath(Checker *checker, int end);
extern const char *KindOfValue(const JsonbValue *value);
extern JsonbContainer *ObjectOf(const JsonbValue *value);
extern JsonbContainer *ArrayOf(const JsonbValue *value);
extern JsonbValue *ValueOfKey(JsonbContainer *object, const char *name);
extern JsonbContainer *CheckObject(Checker *checker, JsonbValue *value, const KeySpec *specs,
							int num_specs);
extern JsonbContainer *CheckArray(Checker *checker, JsonbValue *value, CheckValue check,
							int max_items, const char *items);
extern void CheckSizeSoFar(Checker *checker);
extern char *StringOf(const JsonbValue *value);
extern double NumberOf(const JsonbValue *value);
extern bool IsString(const JsonbValue *value, const char *string);
extern void WriteScalar(Checker *checker, const JsonbValue *value);
extern bool CheckIsString(Checker *checker, const JsonbValue *value);
extern bool CheckLength(Checker *checker, const JsonbValue *value, int min, int max);
extern void CheckName(Checker *checker, JsonbValue *value);
extern bool CheckNumber(Checker *checker, JsonbValue *value);
extern void CheckPoints(Checker *checker, JsonbValue *value);
extern void CheckPointsOrNull(Checker *checker, JsonbValue *value);
extern char *ShownValue(const JsonbValue *string);

#endif							/* RETENTION_SCORECARD_CHECKER_H */
