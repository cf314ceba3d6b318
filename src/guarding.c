/* guarding.c -- see guarding.h. */
#include "guarding.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "admin/status.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "deed.h"
#include "dns/name.h"
#include "statedir.h"

#define GUARD_WORD  "guard "
#define ACCEPT_WORD "accept "

struct guarding {
    const struct health_table *table;
    struct role *checker;
    char *audit_path;
    char *question; /* the last list as the checker is told it; NULL: none came yet */
    size_t length;
};

struct acceptance {
    struct deed deed;
    const struct health_table *table;
    uint32_t held_before;
    char words[sizeof(ACCEPT_WORD) + NAME_TEXT_MAX]; /* the question to the checker */
};

struct guarding *guarding_new(
        const struct health_table *table, const char *state_dir, struct role *checker)
{
    struct guarding *guarding = mem_zalloc(1, sizeof(*guarding));
    guarding->table = table;
    guarding->checker = checker;
    guarding->audit_path = file_path(state_dir, STATEDIR_AUDIT);
    return guarding;
}

void guarding_free(struct guarding *guarding)
{
    if (guarding == NULL)
        return;
    free(guarding->audit_path);
    free(guarding->question);
    free(guarding);
}

/* ---- the list ---- */

static void on_guarded(void *context, const struct role_answer *answer)
{
    (void)context;
    if (answer->failure == 0 && answer->status != 0)
        log_error("the checker does not understand which zones are guarded");
}

static void pass_on(struct guarding *guarding)
{
    const struct role_question question = {
            guarding->question, guarding->length, GUARDING_CHECKER_MS};
    if (guarding->question != NULL)
        role_ask_bytes(guarding->checker, &question, on_guarded, guarding);
}

void guarding_told(struct guarding *guarding, const char *list, size_t length)
{
    const size_t word = sizeof(GUARD_WORD) - 1;
    free(guarding->question);
    guarding->length = word + length;
    guarding->question = mem_alloc(guarding->length + 1);
    memcpy(guarding->question, GUARD_WORD, word);
    memcpy(guarding->question + word, list, length);
    guarding->question[guarding->length] = '\0';
    pass_on(guarding);
}

void guarding_checker_ready(struct guarding *guarding)
{
    pass_on(guarding);
}

/* ---- guards ---- */

static void reply_failure(struct control_request *request, int failure)
{
    static const char silent[] = "{\"error\":\"the checker does not answer\"}";
    static const char gone[] = "{\"error\":\"the checker does not run at the moment\"}";
    const char *text = failure == -ETIMEDOUT ? silent : gone;
    control_reply(request, failure, text, strlen(text));
}

static void on_described(void *context, const struct role_answer *answer)
{
    struct control_request *request = context;
    if (answer->failure != 0)
        reply_failure(request, answer->failure);
    else
        control_reply(request, answer->status, answer->payload, answer->length);
}

void guarding_answer_guards(struct guarding *guarding, struct control_request *request)
{
    role_ask(guarding->checker, "guards", GUARDING_CHECKER_MS, on_described, request);
}

/* ---- accept ---- */

static uint32_t count_held(const struct health_table *table)
{
    struct status_counts counts;
    status_count(table, &counts);
    return counts.held;
}

static struct doc *held_doc(uint32_t held)
{
    struct doc *doc = doc_new();
    doc_set_number(doc, "held", held);
    return doc;
}

/* Another guard may hold the same checks: then nothing has changed for them. */
static void note_others(struct deed *deed, uint32_t held)
{
    struct buf text;
    if (held == 0)
        return;
    buf_init(&text, STATUS_WHY_MAX);
    buf_printf(&text, "%u checks are held still, by another guard; holdfastctl guards tells which",
            held);
    doc_append_text(deed->doc, "notes", buf_string(&text));
    buf_done(&text);
}

static const char *name_of(const struct acceptance *acceptance)
{
    return acceptance->words + sizeof(ACCEPT_WORD) - 1;
}

static void refuse(struct acceptance *acceptance, int status, const char *why)
{
    struct buf text;
    buf_init(&text, STATUS_WHY_MAX);
    buf_printf(&text, "%s \"%s\"", why, name_of(acceptance));
    deed_refuse(&acceptance->deed, status, &text);
    buf_done(&text);
}

static void on_accepted(void *context, const struct role_answer *answer)
{
    struct acceptance *acceptance = context;
    struct deed *deed = &acceptance->deed;

    deed->words = name_of(acceptance);
    if (answer->failure != 0) {
        refuse(acceptance, answer->failure,
                answer->failure == -ETIMEDOUT
                        ? "the checker, which has the guards, does not answer; asked was"
                        : "the checker, which has the guards, does not run; asked was");
        return;
    }
    if (answer->status != 0) {
        refuse(acceptance, answer->status, "no guard is raised that is named");
        return;
    }
    log_warning("the guard of %s is accepted by %s (uid %u)", name_of(acceptance), deed->user,
            (unsigned)deed->peer.uid);
    doc_set_text(deed->doc, "guard", name_of(acceptance));
    uint32_t held = count_held(acceptance->table);
    doc_set_doc(deed->doc, "old", held_doc(acceptance->held_before));
    note_others(deed, held);
    deed->after = held_doc(held);
    deed_audit(deed, "ok");
    deed_reply(deed);
}

/* As the responder names zones: in lower case, without the last dot. */
static int read_name(struct acceptance *acceptance, const char *words)
{
    size_t length = strlen(words);
    char *at = acceptance->words + sizeof(ACCEPT_WORD) - 1;

    if (length == 0 || length >= NAME_TEXT_MAX || strchr(words, ' ') != NULL)
        return -EINVAL;
    memcpy(acceptance->words, ACCEPT_WORD, sizeof(ACCEPT_WORD));
    for (size_t i = 0; i < length; i++)
        at[i] = (char)tolower((unsigned char)words[i]);
    if (length > 1 && at[length - 1] == '.')
        at[length - 1] = '\0';
    return 0;
}

void guarding_answer_accept(
        struct guarding *guarding, struct control_request *request, const char *words)
{
    struct acceptance *acceptance = mem_zalloc(1, sizeof(*acceptance));
    struct deed *deed = &acceptance->deed;
    struct buf why;

    acceptance->table = guarding->table;
    deed->audit_path = guarding->audit_path;
    deed->verb = "accept";
    deed_begin(deed, request, words);
    doc_set_array(deed->doc, "notes");
    buf_init(&why, STATUS_WHY_MAX);
    int error = deed_know_peer(deed, &why);
    if (error == 0 && (error = read_name(acceptance, words)) != 0)
        buf_add_string(&why, "wanted: accept ZONE, or accept all");
    if (error != 0)
        deed_refuse(deed, error, &why);
    buf_done(&why);
    if (error != 0)
        return;
    acceptance->held_before = count_held(guarding->table);
    deed->before = held_doc(acceptance->held_before);
    role_ask(guarding->checker, acceptance->words, GUARDING_CHECKER_MS, on_accepted, acceptance);
}
