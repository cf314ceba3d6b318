/* definition_exchange.c -- see definition_reader.h: the members that say what a probe sends and what
 * shall come back, over TCP and as DNS.
 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "check/definition_reader.h"
#include "dns/message.h"
#include "dns/name.h"
#include "dns/rcode.h"
#include "dns/rdata.h"
#include "dns/rr.h"
#include "dns/text.h"

#define ROOT ((const uint8_t *)"")

/* ------------------------------------------------------------------ Send and Expect */

/* JSON text is UTF-8, where U+0080 to U+00FF are the two-byte sequences that begin with C2 or C3.  Writes
 * at most `length` bytes.  Returns how many, or -1 if there is a character above. */
static int decode(const char *text, size_t length, uint8_t *ret)
{
    const uint8_t *at = (const uint8_t *)text;
    int count = 0;

    for (size_t i = 0; i < length; i++) {
        bool is_pair = at[i] == 0xc2 || at[i] == 0xc3;
        if (at[i] >= 0x80 && !is_pair)
            return -1;
        ret[count++] = is_pair ? (uint8_t)((at[i] & 3) << 6 | (at[i + 1] & 0x3f)) : at[i];
        i += is_pair;
    }
    return count;
}

void definition_read_bytes(
        struct definition_reader *reader, const json_t *value, size_t most, struct check_bytes *ret)
{
    size_t length = json_string_length(value);

    if (!json_is_string(value)) {
        json_path_fault(&reader->path, "is %s; wanted a string", definition_kind(value));
        return;
    }
    uint8_t *bytes = arena_alloc_packed(reader->arena, length + 1);
    int count = decode(json_string_value(value), length, bytes);
    if (count < 0)
        json_path_fault(&reader->path,
                "has a character above U+00FF; each stands for one byte, so write "
                "UTF-8 as \\u00c3\\u00a9");
    else if (count == 0 || (size_t)count > most)
        json_path_fault(&reader->path, "has %d bytes; wanted 1 to %zu", count, most);
    else
        *ret = (struct check_bytes){bytes, (size_t)count};
}

/* ------------------------------------------------------------------ Question */

static void offer_type(void *context, const char *mnemonic)
{
    str_nearest_offer(context, mnemonic);
}

static int read_question_type(struct definition_reader *reader, const json_t *value, uint16_t *ret)
{
    const char *text = value != NULL ? definition_text(reader, value, DEFINITION_TEXT_MAX) : "A";
    uint16_t type;

    if (text == NULL)
        return -1;
    if (text_type_parse(text, &type) != 0) {
        struct str_nearest nearest = {.word = text};
        text_type_each(offer_type, &nearest);
        json_path_fault(&reader->path, "\"%s\" is no type of record%s%s%s", text,
                nearest.best != NULL ? "; did you mean \"" : "",
                nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "\"?" : "");
        return -1;
    }
    if (rr_type_is_meta(type)) {
        json_path_fault(&reader->path, "%s is no type that a check can ask for", text);
        return -1;
    }
    *ret = type;
    return 0;
}

static int read_question_name(
        struct definition_reader *reader, const json_t *value, struct name *ret)
{
    const char *text = definition_text(reader, value, NAME_TEXT_MAX - 1);

    if (text == NULL)
        return -1;
    if (strcmp(text, "@") == 0 || name_from_text(text, ROOT, ret) != 0) {
        json_path_fault(&reader->path, "\"%s\" is no domain name", text);
        return -1;
    }
    return 0;
}

void definition_read_question(
        struct definition_reader *reader, const json_t *value, struct check_dns *ret)
{
    static const char *const members[] = {"Name", "Type", "Comment"};
    struct name name;
    uint16_t type;

    if (!json_is_object(value)) {
        json_path_fault(&reader->path, "is %s; wanted an object with Name and Type",
                definition_kind(value));
        return;
    }
    definition_check_members(reader, value, members, COUNT(members));
    json_path_enter_member(&reader->path, "Name");
    int name_error = read_question_name(reader, json_object_get(value, "Name"), &name);
    json_path_leave(&reader->path);
    json_path_enter_member(&reader->path, "Type");
    int type_error = read_question_type(reader, json_object_get(value, "Type"), &type);
    json_path_leave(&reader->path);
    if (name_error != 0 || type_error != 0)
        return;
    ret->name = arena_copy(reader->arena, name.bytes, name.length);
    ret->type = type;
}

/* ------------------------------------------------------------------ Protocol and ExpectedRcode */

void definition_read_protocol(
        struct definition_reader *reader, const json_t *value, struct check_dns *ret)
{
    const char *text = definition_text(reader, value, DEFINITION_TEXT_MAX);

    if (text == NULL)
        return;
    if (strcmp(text, "UDP") != 0 && strcmp(text, "TCP") != 0)
        json_path_fault(&reader->path, "is \"%s\"; wanted \"UDP\" or \"TCP\"", text);
    else
        ret->over_tcp = strcmp(text, "TCP") == 0;
}

void definition_read_rcode(
        struct definition_reader *reader, const json_t *value, struct check_dns *ret)
{
    const char *text = definition_text(reader, value, DEFINITION_TEXT_MAX);

    if (text == NULL)
        return;
    struct str_nearest nearest = {.word = text};
    for (uint16_t rcode = 0; rcode <= RCODE_PLAIN_MAX; rcode++) {
        const char *word = rcode_word(rcode);
        if (word == NULL)
            continue;
        if (strcmp(text, word) == 0) {
            ret->rcode = rcode;
            return;
        }
        str_nearest_offer(&nearest, word);
    }
    if (nearest.best != NULL)
        json_path_fault(
                &reader->path, "\"%s\" is no rcode; did you mean \"%s\"?", text, nearest.best);
    else
        json_path_fault(
                &reader->path, "\"%s\" is no rcode; wanted NOERROR, NXDOMAIN, REFUSED ...", text);
}

/* ------------------------------------------------------------------ ExpectedRdata */

/* Reads one rdata of the question's type, in presentation form with whole names, into the form in which
 * those of an answer are compared. */
static void read_rdata(struct definition_reader *reader, const json_t *value, uint16_t type,
        struct check_bytes *ret)
{
    uint8_t wire[DEFINITION_RDATA_BYTES];
    uint8_t comparable[DEFINITION_RDATA_BYTES];
    struct wire_writer read = {.bytes = wire, .size = sizeof(wire)};
    struct wire_writer writer = {.bytes = comparable, .size = sizeof(comparable)};
    char why[TEXT_ERROR_MAX];
    const char *text = definition_text(reader, value, DEFINITION_RDATA_TEXT);

    if (text == NULL)
        return;
    int length = text_rdata_parse(type, text, ROOT, &read, why);
    if (length < 0) {
        json_path_fault(&reader->path, "%s", why);
        return;
    }
    struct message_record record = {.type = type, .rdata_bytes = (uint16_t)length};
    if (rdata_read(wire, (size_t)length, &record, &writer) != 0)
        json_path_fault(&reader->path, "these bytes are not the rdata of the question's type");
    else
        *ret = (struct check_bytes){arena_copy(reader->arena, comparable, writer.at), writer.at};
}

static void read_expected(
        struct definition_reader *reader, const json_t *value, struct check_dns *ret)
{
    size_t count = json_array_size(value);

    if (!json_is_array(value) || count == 0 || count > DEFINITION_RDATA_MAX) {
        json_path_fault(&reader->path, "wanted an array of 1 to %u rdata", DEFINITION_RDATA_MAX);
        return;
    }
    struct check_bytes *rdata = arena_zalloc(reader->arena, count * sizeof(*rdata));
    for (size_t i = 0; i < count; i++) {
        json_path_enter_element(&reader->path, i);
        read_rdata(reader, json_array_get(value, i), ret->type, &rdata[i]);
        json_path_leave(&reader->path);
    }
    ret->rdata = rdata;
    ret->rdata_count = (uint32_t)count;
}

void definition_finish_dns(
        struct definition_reader *reader, const json_t *config, struct check_dns *ret)
{
    const json_t *expected = json_object_get(config, "ExpectedRdata");

    if (ret->name == NULL) {
        json_path_fault(&reader->path, "a check of type DNS wants a Question");
        return;
    }
    if (expected == NULL)
        return;
    if (ret->rcode != RCODE_NOERROR)
        json_path_fault(
                &reader->path, "ExpectedRdata wants ExpectedRcode NOERROR: no other has an answer");
    json_path_enter_member(&reader->path, "ExpectedRdata");
    read_expected(reader, expected, ret);
    json_path_leave(&reader->path);
}
