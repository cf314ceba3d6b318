/* record.c -- one record of a master file: [owner] [TTL] [class] type rdata (RFC 1035 5.1). */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "dns/text.h"
#include "dns/wire.h"
#include "zone/reader.h"
#include "zone/ttl.h"

#define SHOWN "%.64s" /* a word in a message */

static const struct {
    const char *word;
    uint16_t number;
} classes[] = {
        {"IN",   RR_CLASS_IN  },
        {"CH",   RR_CLASS_CH  },
        {"HS",   4            },
        {"CS",   2            },
        {"NONE", RR_CLASS_NONE},
};

/* Whether the word is a class; then its number is in *ret.  ANY is left to the types. */
static bool class_parse(const char *text, uint16_t *ret)
{
    for (size_t i = 0; i < COUNT(classes); i++) {
        if (str_equal_fold(text, classes[i].word)) {
            *ret = classes[i].number;
            return true;
        }
    }
    uint64_t number;
    char prefix[6] = "";
    strncpy(prefix, text, sizeof(prefix) - 1);
    if (!str_equal_fold(prefix, "CLASS") || str_parse_number(text + 5, UINT16_MAX, &number) < 0)
        return false;
    *ret = (uint16_t)number;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether this looks like an IP address: what stands where the type was forgotten. */
static const char *address_type(const char *text)
{
    size_t digits = strspn(text, "0123456789.");
    if (text[digits] == '\0' && strchr(text, '.') != NULL)
        return "A";
    digits = strspn(text, "0123456789abcdefABCDEF:.");
    return text[digits] == '\0' && strchr(text, ':') != NULL ? "AAAA" : NULL;
}

static bool read_ttl(
        struct source *source, const struct lexer_word *word, struct record_fields *fields)
{
    struct diag *diag = source->reader->diag;
    const char *missing = address_type(word->text);
    int err = ttl_parse(word->text, &fields->ttl);

    if (err == 0 && !fields->has_ttl) {
        fields->has_ttl = true;
        return true;
    }
    if (err == 0)
        diag_error(diag, word->place, "a second TTL \"" SHOWN "\" in one record", word->text);
    else if (err == -ERANGE)
        diag_error(diag, word->place, "TTL " SHOWN " is above %u (RFC 2181 section 8)", word->text,
                MASTER_TTL_MAX);
    else if (missing != NULL)
        diag_error(diag, word->place,
                "\"" SHOWN "\" stands where the record type should; is %s missing before it?",
                word->text, missing);
    else
        diag_error(diag, word->place,
                "\"" SHOWN "\" is no TTL: write seconds, or numbers with units as in 1h30m",
                word->text);
    return false;
}

static bool read_class(struct source *source, const struct lexer_word *word, uint16_t number,
        struct record_fields *fields)
{
    struct diag *diag = source->reader->diag;

    if (fields->has_class) {
        diag_error(diag, word->place, "a second class \"" SHOWN "\" in one record", word->text);
        return false;
    }
    if (number != RR_CLASS_IN) {
        diag_error(diag, word->place, "class \"" SHOWN "\" is not served; only IN is", word->text);
        return false;
    }
    fields->has_class = true;
    return true;
}

static void offer_type(void *context, const char *mnemonic)
{
    str_nearest_offer(context, mnemonic);
}

static void refuse_type(struct source *source, const struct lexer_word *word)
{
    struct diag *diag = source->reader->diag;
    struct str_nearest nearest = {.word = word->text};
    const char *missing = address_type(word->text);

    text_type_each(offer_type, &nearest);
    str_nearest_offer(&nearest, "IN");
    if (missing != NULL)
        diag_error(diag, word->place,
                "\"" SHOWN "\" stands where the record type should; is %s missing before it?",
                word->text, missing);
    else if (nearest.best != NULL)
        diag_error(diag, word->place, "\"" SHOWN "\" is no record type; did you mean %s?",
                word->text, nearest.best);
    else
        diag_error(diag, word->place, "\"" SHOWN "\" is no record type", word->text);
}

static bool read_type(
        struct source *source, const struct lexer_word *word, struct record_fields *fields)
{
    uint16_t type;
    if (text_type_parse(word->text, &type) < 0) {
        refuse_type(source, word);
        return false;
    }
    if (type == 0 || rr_type_is_meta(type)) {
        diag_error(source->reader->diag, word->place,
                "\"" SHOWN "\" is no type a zone can hold, only one that messages use", word->text);
        return false;
    }
    fields->type = type;
    fields->type_place = word->place;
    return true;
}

bool record_read_fields(
        struct source *source, struct lexer_word *word, struct record_fields *fields)
{
    struct lexer_word last;
    uint16_t class;
    do {
        last = *word;
        if (is_digit(word->text[0])) {
            if (!read_ttl(source, word, fields))
                return false;
        } else if (class_parse(word->text, &class)) {
            if (!read_class(source, word, class, fields))
                return false;
        } else {
            return read_type(source, word, fields);
        }
    } while (lexer_next(&source->lexer, word));
    if (!source->lexer.faulty)
        diag_error(source->reader->diag, last.place, "the record ends here, before its type");
    return false;
}

bool record_collect_data(struct source *source, const struct record_fields *fields)
{
    struct reader *reader = source->reader;
    struct lexer_word word;

    reader->data.length = 0;
    reader->data.cut = false;
    reader->words = 0;
    while (lexer_next(&source->lexer, &word)) {
        if (reader->words > 0)
            buf_add(&reader->data, " ", 1);
        if (reader->words < READER_PLACES_MAX) {
            reader->word_place[reader->words] = word.place;
            reader->word_at[reader->words] = reader->data.length;
        }
        reader->words++;
        buf_add(&reader->data, word.text, word.length);
    }
    if (source->lexer.faulty)
        return false;
    if (reader->data.cut) {
        diag_error(reader->diag, fields->type_place, "rdata of more than %u bytes of text",
                READER_DATA_MAX);
        return false;
    }
    return true;
}

/* Where the fault is that `why` tells of: text_rdata_parse() ends its sentence with the word it did not
 * like, quoted, where it is one word's fault. */
static struct diag_place find_word_place(
        struct reader *reader, const struct record_fields *fields, const char *why)
{
    if (reader->words == 0)
        return fields->type_place;
    const char *data = buf_string(&reader->data);
    const char *open = strstr(why, ": \"");
    size_t length = open != NULL ? strlen(open + 3) : 0;
    if (length < 2 || open[3 + length - 1] != '"')
        return reader->word_place[0];
    length--;
    for (uint32_t i = 0; i < reader->words && i < READER_PLACES_MAX; i++) {
        const char *word = data + reader->word_at[i];
        word += *word == '"';
        size_t word_length = strcspn(word, " \"");
        if (word_length == length && memcmp(word, open + 3, length) == 0)
            return reader->word_place[i];
    }
    return reader->word_place[0];
}

/* The TTL a record has: its own, $TTL, the last one written (RFC 2308 section 4), or, before any was,
 * for the SOA its MINIMUM as RFC 1035 had it. */
static bool find_ttl(
        struct source *source, const struct record_fields *fields, uint16_t bytes, uint32_t *ret)
{
    struct reader *reader = source->reader;

    if (fields->has_ttl) {
        reader->last_ttl = fields->ttl;
        reader->has_last_ttl = true;
        *ret = fields->ttl;
    } else if (reader->has_default_ttl) {
        *ret = reader->default_ttl;
    } else if (reader->has_last_ttl) {
        *ret = reader->last_ttl;
    } else if (fields->type == RR_SOA && bytes >= RR_SOA_NUMBERS_BYTES) {
        uint32_t minimum = wire_load32(reader->rdata + bytes - 4);
        *ret = minimum <= MASTER_TTL_MAX ? minimum : 0;
        reader->last_ttl = *ret;
        reader->has_last_ttl = true;
        diag_warning(reader->diag, fields->place,
                "no TTL, and no $TTL before: the MINIMUM of the SOA, %u, is used", *ret);
    } else {
        if (reader->lost_ttl)
            return false;
        reader->lost_ttl = true; /* said once: the others have the same cause */
        diag_error(reader->diag, fields->place,
                "the record has no TTL, and none before it has: write $TTL at the top");
        return false;
    }
    return true;
}

bool record_deliver(struct source *source, const struct record_fields *fields, const uint8_t *owner,
        const char *data)
{
    struct reader *reader = source->reader;
    struct lexer *lexer = &source->lexer;
    char why[TEXT_ERROR_MAX];
    struct master_record record = {.owner = owner,
            .rdata = reader->rdata,
            .type = fields->type,
            .place = fields->place,
            .origin = source->origin.bytes};

    struct wire_writer writer = {.bytes = reader->rdata, .size = sizeof(reader->rdata)};
    int bytes = text_rdata_parse(fields->type, data, source->origin.bytes, &writer, why);
    if (bytes < 0) {
        diag_error(reader->diag, find_word_place(reader, fields, why), "%s", why);
        return false;
    }
    record.rdata_bytes = (uint16_t)bytes;
    if (!find_ttl(source, fields, record.rdata_bytes, &record.ttl))
        return false;
    if (lexer->has_annotation) {
        record.annotation = buf_string(&lexer->annotation);
        record.annotation_place = lexer->annotation_place;
    }
    reader->handler->record(reader->handler->context, &record);
    return true;
}

void record_refuse_name(struct source *source, struct diag_place place, const char *text, int err)
{
    if (err == ERR_TOO_LARGE)
        diag_error(source->reader->diag, place, "\"" SHOWN "\" makes a name above 255 bytes", text);
    else if (text[0] == '"')
        diag_error(source->reader->diag, place, "\"" SHOWN " is quoted; names are not", text + 1);
    else
        diag_error(source->reader->diag, place,
                "\"" SHOWN
                "\" is no name: a label is empty, has more than 63 bytes or a bad escape",
                text);
}

static bool read_owner(struct source *source, const struct lexer_word *word)
{
    int err = word->text[0] == '"'
                      ? ERR_SYNTAX
                      : name_from_text(word->text, source->origin.bytes, &source->owner);
    if (err < 0) {
        source->owner_state = OWNER_LOST;
        record_refuse_name(source, word->place, word->text, err);
        return false;
    }
    source->owner_state = OWNER_KNOWN;
    return true;
}

void record_read(struct source *source, struct lexer_word *word)
{
    struct lexer *lexer = &source->lexer;
    struct record_fields fields = {.place = word->place};

    if (!lexer->blank_first) {
        struct diag_place place = word->place;
        if (!read_owner(source, word))
            return;
        if (!lexer_next(lexer, word)) {
            if (!lexer->faulty)
                diag_error(source->reader->diag, place, "a name with nothing behind it");
            return;
        }
    } else if (source->owner_state == OWNER_NONE) {
        diag_error(source->reader->diag, word->place,
                "the line begins with a blank, so it has the last record's owner; there is none "
                "yet");
        return;
    }
    if (!record_read_fields(source, word, &fields) || !record_collect_data(source, &fields))
        return;
    if (source->owner_state != OWNER_KNOWN)
        return;
    /* Its faults are in the diag, and nothing else waits for it. */
    bool delivered =
            record_deliver(source, &fields, source->owner.bytes, buf_string(&source->reader->data));
    (void)delivered;
}
