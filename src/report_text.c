/*
 * report_text.c
 *	  report_escape(): text from data as the HTML report writes it.
 *
 * The report is ASCII in every database and for every client encoding: any other
 * character is a numeric reference, which XML and HTML read alike.
 */
#include "extension.h"

#include "catalog/namespace.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(report_escape);

#define REPLACEMENT_CHARACTER 0xFFFD
#define HORIZONTAL_ELLIPSIS 0x2026

/* Where the text comes from, and how its characters become Unicode. */
typedef struct TextSource
{
	int			encoding;
	Oid			to_utf8;		/* invalid: there is no conversion, or none is needed */
} TextSource;

static void
AppendReference(StringInfo markup, pg_wchar code_point)
{
	appendStringInfo(markup, "&#%u;", (unsigned int) code_point);
}

/* Whether XML and HTML admit a character, at least as a reference. */
static bool
IsAdmitted(pg_wchar code_point)
{
	if (code_point < 0x20)
		return code_point == '\t' || code_point == '\n' || code_point == '\r';
	return !(code_point >= 0x7F && code_point <= 0x9F) &&
		!(code_point >= 0xD800 && code_point <= 0xDFFF) &&
		!(code_point >= 0xFDD0 && code_point <= 0xFDEF) &&
		(code_point & 0xFFFE) != 0xFFFE && code_point <= 0x10FFFF;
}

/* Appends a character as markup. What no page may contain becomes U+FFFD. */
static void
AppendCodePoint(StringInfo markup, pg_wchar code_point)
{
	if (!IsAdmitted(code_point))
		AppendReference(markup, REPLACEMENT_CHARACTER);
	else if (code_point >= 0x80)
		AppendReference(markup, code_point);
	else if (code_point == '&')
		appendStringInfoString(markup, "&amp;");
	else if (code_point == '<')
		appendStringInfoString(markup, "&lt;");
	else if (code_point == '>')
		appendStringInfoString(markup, "&gt;");
	else if (code_point == '"')
		appendStringInfoString(markup, "&quot;");
	else if (code_point == '\'')
		AppendReference(markup, code_point);
	else
		appendStringInfoChar(markup, (char) code_point);
}

/*
 * Appends the character that begins UTF-8 text of so many bytes; returns how many
 * bytes it took. A byte that begins no character becomes U+FFFD.
 */
static int
AppendUtf8(StringInfo markup, const unsigned char *utf8, int length)
{
	int			taken = pg_utf_mblen(utf8);

	if (taken > length || !pg_utf8_islegal(utf8, taken))
	{
		AppendReference(markup, REPLACEMENT_CHARACTER);
		return 1;
	}
	AppendCodePoint(markup, utf8_to_unicode(utf8));
	return taken;
}

/*
 * Appends the first character of text in another encoding than UTF-8; returns how many
 * bytes it took. A character that Unicode does not know becomes U+FFFD; one that
 * is a base and a mark in Unicode becomes both.
 */
static int
AppendConverted(StringInfo markup, const TextSource *source, const unsigned char *text, int length)
{
	unsigned char utf8[MAX_CONVERSION_INPUT_LENGTH * MAX_CONVERSION_GROWTH + 1];
	int			taken = Min(pg_encoding_mblen(source->encoding, (const char *) text), length);

	if (!OidIsValid(source->to_utf8) ||
		pg_do_encoding_conversion_buf(source->to_utf8, source->encoding, PG_UTF8, unconstify(unsigned char *, text),
									  taken, utf8, sizeof(utf8), true) < taken)
		AppendReference(markup, REPLACEMENT_CHARACTER);
	else
	{
		int			utf8_length = (int) strlen((const char *) utf8);

		for (int at = 0; at < utf8_length;)
			at += AppendUtf8(markup, utf8 + at, utf8_length - at);
	}
	return taken;
}

/* A database in SQL_ASCII does not know what its bytes are: they are read as UTF-8. */
static int
AppendCharacter(StringInfo markup, const TextSource *source, const unsigned char *text, int length)
{
	if (*text < 0x80)
	{
		AppendCodePoint(markup, *text);
		return 1;
	}
	if (source->encoding == PG_UTF8 || source->encoding == PG_SQL_ASCII)
		return AppendUtf8(markup, text, length);
	return AppendConverted(markup, source, text, length);
}

/*
 * The first characters of a text, at most so many as the second argument says, as they
 * are written in HTML and in its attributes. An ellipsis stands for the rest.
 */
Datum
report_escape(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	int32		longest = PG_GETARG_INT32(1);
	const unsigned char *at = (const unsigned char *) VARDATA_ANY(value);
	const unsigned char *end = at + VARSIZE_ANY_EXHDR(value);
	TextSource	source = {.encoding = GetDatabaseEncoding(), .to_utf8 = InvalidOid};
	StringInfoData markup;

	if (source.encoding != PG_UTF8 && source.encoding != PG_SQL_ASCII)
		source.to_utf8 = FindDefaultConversionProc(source.encoding, PG_UTF8);
	initStringInfo(&markup);
	for (int32 written = 0; at < end && written < longest; written++)
	{
		CHECK_FOR_INTERRUPTS();
		at += AppendCharacter(&markup, &source, at, (int) (end - at));
	}
	if (at < end)
		AppendReference(&markup, HORIZONTAL_ELLIPSIS);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(markup.data, markup.len));
}
