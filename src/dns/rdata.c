/* rdata.c -- see rdata.h. */
#include "dns/rdata.h"

#include "base/err.h"
#include "dns/name.h"
#include "dns/rr.h"

/* The types with names in their rdata, after RFC 4034 section 6.2, and what stands before and between
 * the names: n a name, s a character-string, 2 two bytes.  Whatever follows is copied. */
static const struct {
    uint16_t type;
    const char *layout;
} layouts[] = {
        {RR_NS,    "n"         },
        {3,        "n"         }, /* MD */
        {4,        "n"         }, /* MF */
        {RR_CNAME, "n"         },
        {RR_SOA,   "nn"        },
        {7,        "n"         }, /* MB */
        {8,        "n"         }, /* MG */
        {9,        "n"         }, /* MR */
        {RR_PTR,   "n"         },
        {14,       "nn"        }, /* MINFO */
        {RR_MX,    "2n"        },
        {17,       "nn"        }, /* RP */
        {18,       "2n"        }, /* AFSDB */
        {21,       "2n"        }, /* RT */
        {24,       "222222222n"}, /* SIG */
        {26,       "2nn"       }, /* PX */
        {30,       "n"         }, /* NXT */
        {RR_SRV,   "222n"      },
        {35,       "22sssn"    }, /* NAPTR */
        {36,       "2n"        }, /* KX */
        {RR_DNAME, "n"         },
        {RR_RRSIG, "222222222n"},
        {RR_NSEC,  "n"         },
        {RR_SVCB,  "2n"        }, /* RFC 9460 */
        {RR_HTTPS, "2n"        },
};

/* The rdata while it is read: a reader of the message that ends where the rdata does. */
struct source {
    const uint8_t *message;
    size_t end;
    size_t at;
};

static const char *layout_of(uint16_t type)
{
    for (size_t i = 0; i < COUNT(layouts); i++)
        if (layouts[i].type == type)
            return layouts[i].layout;
    return "";
}

static int take_bytes(struct source *source, size_t length, struct wire_writer *ret)
{
    if (length > source->end - source->at)
        return ERR_SYNTAX;
    wire_write(ret, source->message + source->at, length);
    source->at += length;
    return 0;
}

static int take_string(struct source *source, struct wire_writer *ret)
{
    if (source->at == source->end)
        return ERR_SYNTAX;
    return take_bytes(source, 1U + source->message[source->at], ret);
}

static int take_name(struct source *source, struct wire_writer *ret)
{
    struct name name;
    struct name lower;
    size_t next;

    /* Pointers lead backwards only, so nothing behind the rdata is ever read. */
    int error = name_read(source->message, source->end, source->at, &name, &next);
    if (error != 0)
        return error;
    name_copy_lower(name.bytes, &lower);
    wire_write(ret, lower.bytes, lower.length);
    source->at = next;
    return 0;
}

static int take(struct source *source, char kind, struct wire_writer *ret)
{
    if (kind == 'n')
        return take_name(source, ret);
    return kind == 's' ? take_string(source, ret) : take_bytes(source, 2, ret);
}

int rdata_read(const uint8_t *message, size_t size, const struct message_record *record,
        struct wire_writer *ret)
{
    struct source source = {
            .message = message, .end = record->rdata + record->rdata_bytes, .at = record->rdata};
    struct wire_writer before = *ret;
    int error = source.end > size ? ERR_SYNTAX : 0;

    for (const char *kind = layout_of(record->type); error == 0 && *kind != '\0'; kind++)
        error = take(&source, *kind, ret);
    if (error == 0)
        error = take_bytes(&source, source.end - source.at, ret);
    if (error == 0 && ret->failed)
        error = ERR_TOO_LARGE;
    if (error != 0)
        *ret = before;
    return error;
}
