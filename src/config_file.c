/* config_file.c -- see config_file.h.
 *
 * libconfuse splits the text into keys and values; what a value means is config_key.c's.  Comments are
 * blanked out before libconfuse sees them, and quotes that do not end are refused, because its scanner
 * counts a line with a comment several times, takes no comment between the values of a list, stumbles
 * over an empty comment, and remembers an open quote for the next text it reads.
 */
#include "config_file.h"

#include <assert.h>
#include <confuse.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "config_key.h"

#define KEYS_MAX    48U
#define MESSAGE_MAX 1024U

struct text {
    char *at;
    const char *end;
    uint32_t line;
    const char *fault; /* NULL while all is well */
};

/* Overwrites up to `end` with blanks, except for newlines. */
static void blank(struct text *text, const char *end)
{
    for (; text->at < end; text->at++) {
        if (*text->at == '\n')
            text->line++;
        else
            *text->at = ' ';
    }
}

static void blank_line_comment(struct text *text)
{
    const char *end = memchr(text->at, '\n', (size_t)(text->end - text->at));
    blank(text, end != NULL ? end : text->end);
}

static void blank_block_comment(struct text *text)
{
    const char *end = strstr(text->at + 2, "*/");
    if (end == NULL) {
        text->fault = "the comment is not closed";
        return;
    }
    blank(text, end + 2);
}

/* What libconfuse's scanner would choke on at this byte of a quoted string, or NULL. */
static const char *find_string_fault(const char *at, char quote)
{
    if (quote != '"')
        return NULL;
    if (at[0] == '\\' && at[1] >= '0' && at[1] <= '9')
        return "no numeric escapes but \\xHH";
    if (at[0] == '$' && at[1] == '{' && at[strcspn(at, "}\"\n")] != '}')
        return "\"${\" without \"}\"";
    return NULL;
}

/* Steps over a quoted string, which may span lines. */
static void skip_string(struct text *text)
{
    uint32_t line = text->line;
    char quote = *text->at;
    for (text->at++; text->at < text->end && text->fault == NULL; text->at++) {
        text->fault = find_string_fault(text->at, quote);
        if (*text->at == quote) {
            text->at++;
            return;
        }
        if (*text->at == '\\' && text->at + 1 < text->end)
            text->at++;
        if (*text->at == '\n')
            text->line++;
    }
    if (text->fault != NULL)
        return;
    text->line = line;
    text->fault = "the quoted string is not closed";
}

/* One step of prepare(); `word` says whether the byte before belongs to an unquoted word. */
static void prepare_step(struct text *text, bool word)
{
    char c = text->at[0];
    char next = text->at[1]; /* the text ends with a NUL */
    if (c == '#' || (c == '/' && next == '/' && !word)) {
        blank_line_comment(text);
    } else if (c == '/' && next == '*') {
        blank_block_comment(text);
    } else if (c == '"' || c == '\'') {
        skip_string(text);
    } else if (c == '$' && next == '{') {
        text->fault = "\"${\" outside of double quotes";
    } else {
        text->line += c == '\n';
        text->at++;
    }
}

/* Blanks comments and finds what must not reach libconfuse.  Returns 0, or ERR_FAULTY with the fault
 * added. */
static int prepare(const char *file, char *bytes, size_t length, struct diag *diag)
{
    struct text text = {.at = bytes, .end = bytes + length, .line = 1};
    if (memchr(bytes, '\0', length) != NULL)
        text.fault = "a NUL byte is no text";
    while (text.at < text.end && text.fault == NULL) {
        bool word = text.at > bytes && strchr(" \t\r\n={}(),+'\"", text.at[-1]) == NULL;
        prepare_step(&text, word);
    }
    if (text.fault == NULL)
        return 0;
    diag_error(diag, (struct diag_place){file, text.line, 0}, "%s", text.fault);
    return ERR_FAULTY;
}

/* What the callbacks need.  libconfuse passes them no context, but it keeps a pointer with each option
 * into which it would store a simple value; one hidden option that takes no value carries ours. */
struct reader {
    const char *file;
    struct config *config;
    struct diag *diag;
};

#define CONTEXT_NAME "\x01"

static int refuse_value(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
    (void)option;
    (void)value;
    (void)ret;
    cfg_error(cfg, "no key of that name");
    return -1;
}

static struct reader *reader_of(cfg_t *cfg)
{
    return (struct reader *)cfg_getopt(cfg, CONTEXT_NAME)->simple_value.ptr;
}

static void report(cfg_t *cfg, const char *text)
{
    struct reader *reader = reader_of(cfg);
    struct diag_place place = {reader->file, (uint32_t)cfg->line, 0};
    static const char unknown[] = "no such option '";
    static const char unexpected[] = "unexpected token";
    if (strncmp(text, unknown, sizeof(unknown) - 1) != 0) {
        bool token = strncmp(text, unexpected, sizeof(unexpected) - 1) == 0;
        diag_error(reader->diag, place, "%s%s", text,
                token ? " (a value with such a byte stands in quotes)" : "");
        return;
    }
    char *name = mem_string(text + sizeof(unknown) - 1);
    if (name[0] != '\0')
        name[strlen(name) - 1] = '\0';
    struct str_nearest nearest = {.word = name};
    for (const struct config_key *key = config_keys; key->name != NULL; key++)
        str_nearest_offer(&nearest, key->name);
    if (nearest.best != NULL)
        diag_error(reader->diag, place, "no key \"%s\"; did you mean \"%s\"?", name, nearest.best);
    else
        diag_error(reader->diag, place, "no key \"%s\"", name);
    free(name);
}

/* A secret in the wrong place, say behind a forgotten comma, is not repeated: what is said here ends up
 * in logs that others read.  From half of its digits on it may be one. */
static void hide_secrets(char *text)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const size_t half = COOKIE_SECRET_BYTES; /* a byte has two digits */

    while (*text != '\0') {
        size_t run = strspn(text, digits);
        if (run >= half)
            memset(text, '*', run);
        text += run > 0 ? run : 1;
    }
}

PRINTF(2, 0)
static void on_error(cfg_t *cfg, const char *format, va_list arguments)
{
    struct buf text;
    buf_init(&text, MESSAGE_MAX);
    buf_vprintf(&text, format, arguments);
    char *words = mem_string(buf_string(&text));
    hide_secrets(words);
    report(cfg, words);
    free(words);
    buf_done(&text);
}

/* Called with each value as it was read, while the line is known.  A fault is noted and reading goes
 * on: the value was well-formed, so what follows means what it says. */
static int on_value(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret)
{
    struct reader *reader = reader_of(cfg);
    const struct config_key *key = config_key_find(option->name);
    struct buf why;

    assert(key != NULL);
    buf_init(&why, MESSAGE_MAX);
    /* libconfuse has made room for this value already; the first of a list, unless appended with
     * "+=", replaces what was there. */
    if (config_key_is_list(key) && cfg_opt_size(option) == 1)
        config_key_clear(key, reader->config);
    if (config_key_apply(key, reader->config, value, &why) != 0)
        diag_error(reader->diag, (struct diag_place){reader->file, (uint32_t)cfg->line, 0},
                "%s: %s", key->name, buf_string(&why));
    buf_done(&why);
    *(const char **)ret = value;
    return 0;
}

/* The keys as libconfuse wants them.  All are strings to it. */
static void fill_options(cfg_opt_t options[KEYS_MAX], struct reader *reader)
{
    size_t count = 0;
    for (const struct config_key *key = config_keys; key->name != NULL; key++) {
        assert(count + 2 < KEYS_MAX);
        options[count++] = (cfg_opt_t){
                .name = key->name,
                .type = CFGT_STR,
                .flags = CFGF_NODEFAULT | (config_key_is_list(key) ? CFGF_LIST : 0),
                .parsecb = on_value,
        };
    }
    options[count++] = (cfg_opt_t){
            .name = CONTEXT_NAME,
            .type = CFGT_PTR,
            .flags = CFGF_NODEFAULT,
            .simple_value = {.ptr = (void **)reader},
            .parsecb = refuse_value,
    };
    options[count] = (cfg_opt_t)CFG_END();
}

static void parse(char *text, struct reader *reader)
{
    cfg_opt_t options[KEYS_MAX];
    fill_options(options, reader);
    cfg_t *cfg = cfg_init(options, CFGF_NONE);
    if (cfg == NULL) {
        diag_error(reader->diag, (struct diag_place){reader->file, 0, 0}, "cannot be parsed");
        return;
    }
    cfg_set_error_function(cfg, on_error);
    uint32_t errors = diag_errors(reader->diag);
    if (cfg_parse_buf(cfg, text) != CFG_SUCCESS && diag_errors(reader->diag) == errors)
        diag_error(reader->diag, (struct diag_place){reader->file, (uint32_t)cfg->line, 0},
                "cannot be parsed");
    cfg_free(cfg);
}

int config_file_read(
        const char *file, const char *text, size_t length, struct config *config, struct diag *diag)
{
    uint32_t errors = diag_errors(diag);
    char *copy = mem_alloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';

    int error = prepare(file, copy, length, diag);
    /* libconfuse cannot read an empty text. */
    if (error == 0 && length > 0) {
        struct reader reader = {file, config, diag};
        parse(copy, &reader);
    }
    free(copy);
    return diag_errors(diag) == errors ? error : ERR_FAULTY;
}

/* Quotes a value.  Whatever could mean something inside of quotes goes as \xHH. */
static void print_value(const char *value, struct buf *ret)
{
    buf_add_string(ret, "\"");
    for (const char *at = value; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        if (c <= ' ' || c >= 0x7f || strchr("\"\\$", c) != NULL)
            buf_printf(ret, "\\x%02x", c);
        else
            buf_add(ret, at, 1);
    }
    buf_add_string(ret, "\"");
}

static void print_key(const struct config_key *key, const struct config *config, struct buf *ret)
{
    bool list = config_key_is_list(key);
    struct buf value;
    buf_init(&value, CONFIG_FILE_MAX);
    for (size_t i = 0; config_key_value(key, config, i, &value); i++) {
        if (i == 0)
            buf_printf(ret, "%s = %s", key->name, list ? "{" : "");
        buf_add_string(ret, i > 0 ? ",\n  " : "");
        print_value(buf_string(&value), ret);
        buf_consume(&value, value.length);
        if (!list)
            break;
    }
    buf_done(&value);
}

void config_file_print(const struct config *config, struct buf *ret)
{
    for (const struct config_key *key = config_keys; key->name != NULL; key++) {
        size_t before = ret->length;
        print_key(key, config, ret);
        if (ret->length > before)
            buf_add_string(ret, config_key_is_list(key) ? "}\n" : "\n");
    }
}
