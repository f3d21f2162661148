/*
 * logistic_format.c
 *	  The bytes of a logistic_model: writing, reading, checking.
 */
#include "logistic_format.h"

#include <math.h>

#include "logistic_fit.h"

#define BROKEN_NUMBER "A number is cut off, too long, or too large."

/* Read a float from bytes nobody has checked: NULL if it is not one that is written. */
static const uint8_t *
CheckFinite(const uint8_t *p, const uint8_t *end, double *value)
{
	if (end - p < (ptrdiff_t) sizeof(double))
		return NULL;
	*value = LoadF64(p);
	if (!isfinite(*value) || (*value == 0 && signbit(*value)))
		return NULL;
	return p + sizeof(double);
}

/* What is wrong with the head, or NULL and *p is where the terms start. */
static const char *
CheckHead(const uint8_t **p, const uint8_t *end, LogisticHead *head)
{
	uint64_t	num_features = 0;

	*p = CheckFinite(*p, end, &head->log_likelihood);
	if (*p == NULL || head->log_likelihood > 0)
		return "The log-likelihood is not a finite number of at most 0.";
	*p = CheckVarint(*p, end, MAX_COUNTER, &head->num_rows);
	if (*p != NULL)
		*p = CheckVarint(*p, end, MAX_COUNTER, &head->num_skipped);
	if (*p != NULL)
		*p = CheckVarint(*p, end, MAX_FEATURES, &num_features);
	if (*p == NULL)
		return BROKEN_NUMBER;
	if (head->num_rows == 0)
		return "There are no rows.";
	if (num_features == 0)
		return "There are no features.";
	head->num_features = (uint32_t) num_features;
	return NULL;
}

/* What is wrong with a term, or NULL and *p is where the next starts. */
static const char *
CheckTerm(const uint8_t **p, const uint8_t *end, bool is_feature, bool converged)
{
	uint64_t	length = 0;
	double		value;

	if (is_feature)
	{
		*p = CheckVarint(*p, end, INT32_MAX, &length);
		if (*p == NULL)
			return BROKEN_NUMBER;
		if (length == 0 || length > (uint64_t) (end - *p))
			return "The name of a feature is empty or cut off.";
		if (memchr(*p, '\0', (size_t) length) != NULL)
			return "The name of a feature contains a zero byte.";
		*p += length;
	}
	*p = CheckFinite(*p, end, &value);
	if (*p == NULL)
		return "A coefficient is not a finite number.";
	if (!converged)
		return NULL;
	*p = CheckFinite(*p, end, &value);
	return *p == NULL || value < 0 ? "A standard error is not a finite number of at least 0." : NULL;
}

/* What is wrong with the bytes of a logistic_model, or NULL. */
const char *
LogisticCheck(const uint8_t *bytes, size_t size)
{
	const char *problem = PackedCheckHeader(bytes, size, PACKED_LOGISTIC_MODEL,
											LOGISTIC_FLAG_CONVERGED);
	const uint8_t *p = bytes + PACKED_HEADER_SIZE;
	const uint8_t *end = bytes + size;
	bool		converged;
	LogisticHead head;

	if (problem != NULL)
		return problem;
	converged = (PackedFlags(bytes) & LOGISTIC_FLAG_CONVERGED) != 0;
	problem = CheckHead(&p, end, &head);
	for (uint32_t i = 0; problem == NULL && i <= head.num_features; i++)
		problem = CheckTerm(&p, end, i > 0, converged);
	if (problem != NULL)
		return problem;
	return p == end ? NULL : "There are bytes after the last feature.";
}

/* Start to read checked bytes. */
LogisticHead
LogisticReadHead(const uint8_t *bytes, size_t size, LogisticReader *reader)
{
	LogisticHead head;
	uint64_t	num_features;
	const uint8_t *p = bytes + PACKED_HEADER_SIZE;

	head.converged = (PackedFlags(bytes) & LOGISTIC_FLAG_CONVERGED) != 0;
	head.log_likelihood = LoadF64(p);
	p = ReadVarint(p + sizeof(double), &head.num_rows);
	p = ReadVarint(p, &head.num_skipped);
	p = ReadVarint(p, &num_features);
	head.num_features = (uint32_t) num_features;
	*reader = (LogisticReader) {p, bytes + size, head.converged, 0, head.num_features};
	return head;
}

/* The next term; false after the last. */
bool
LogisticReadTerm(LogisticReader *reader, LogisticTerm *term)
{
	const uint8_t *p = reader->next;
	uint64_t	length = 0;

	if (reader->position > reader->num_features)
		return false;
	if (reader->position++ > 0)
		p = ReadVarint(p, &length);
	term->name = p;
	term->name_length = (size_t) length;
	p += length;
	term->coefficient = LoadF64(p);
	p += sizeof(double);
	term->stderr_coefficient = NAN;
	if (reader->converged)
	{
		term->stderr_coefficient = LoadF64(p);
		p += sizeof(double);
	}
	reader->next = p;
	return true;
}

size_t
LogisticHeadSize(const LogisticHead *head)
{
	return PACKED_HEADER_SIZE + sizeof(double) + VarintSize(head->num_rows)
		+ VarintSize(head->num_skipped) + VarintSize(head->num_features);
}

/* Adding 0 turns the negative zero into the other one. */
static uint8_t *
WriteFinite(uint8_t *p, double value)
{
	StoreF64(p, value + 0.0);
	return p + sizeof(double);
}

/* Returns where the terms go. */
uint8_t *
LogisticWriteHead(uint8_t *bytes, const LogisticHead *head)
{
	uint8_t    *p = bytes + PACKED_HEADER_SIZE;

	PackedWriteHeader(bytes, PACKED_LOGISTIC_MODEL, head->converged ? LOGISTIC_FLAG_CONVERGED : 0);
	p = WriteFinite(p, head->log_likelihood);
	p = WriteVarint(p, head->num_rows);
	p = WriteVarint(p, head->num_skipped);
	return WriteVarint(p, head->num_features);
}

size_t
LogisticTermSize(const LogisticTerm *term, bool is_feature, bool converged)
{
	return (is_feature ? VarintSize(term->name_length) + term->name_length : 0)
		+ sizeof(double) + (converged ? sizeof(double) : 0);
}

/* Returns where the next term goes. */
uint8_t *
LogisticWriteTerm(uint8_t *p, const LogisticTerm *term, bool is_feature, bool converged)
{
	if (is_feature)
	{
		p = WriteVarint(p, term->name_length);
		memcpy(p, term->name, term->name_length);
		p += term->name_length;
	}
	p = WriteFinite(p, term->coefficient);
	return converged ? WriteFinite(p, term->stderr_coefficient) : p;
}
