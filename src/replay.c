/* replay.c -- see replay.h. */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>

#include "admin/past.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "events.h"
#include "journal.h"
#include "statedir.h"

static void take(void *context, uint64_t number, const char *event)
{
    (void)number;
    past_take(context, event);
}

static int read_journal(const char *state_dir, struct past *past)
{
    char *path = file_path(state_dir, STATEDIR_JOURNAL);
    int error = journal_read(path, take, past);
    if (error != 0)
        fprintf(stderr, "holdfastctl: %s: %s\n", path, err_text(error));
    free(path);
    return error;
}

static int assume(
        const struct past *past, uint64_t at_ms, const struct buf *explanation, struct buf *request)
{
    char time[CLOCK_TEXT_MAX], first[CLOCK_TEXT_MAX];
    uint64_t first_ms;

    clock_format(at_ms, time);
    if (!past_reaches(past, &first_ms)) {
        fprintf(stderr, "holdfastctl: the journal does not reach back to %s; it begins %s\n", time,
                first_ms > 0 ? clock_format(first_ms, first) : "nowhere yet");
        return ERR_FAULTY;
    }
    uint32_t count = past_assume(past, explanation->data, explanation->length, request);
    fprintf(stderr,
            "holdfastctl: as at %s, with the zones as they are now: %u of the checks asked were "
            "otherwise\n",
            time, count);
    if (past_was_silent(past))
        fputs("holdfastctl: the checker was silent then; zones with on-stale=open were answered as "
              "if "
              "nothing that is not forced were down\n",
                stderr);
    return 0;
}

int replay_assume(
        const char *state_dir, const char *at, const struct buf *explanation, struct buf *request)
{
    uint64_t at_ms;
    if (events_read_time(at, &at_ms) != 0)
        return ERR_FAULTY;
    if (at_ms > clock_real_ms()) {
        fprintf(stderr, "holdfastctl: --at %s is still to come; simulate tells what would be\n",
                at);
        return ERR_FAULTY;
    }
    struct past *past = past_new(at_ms);
    int error = read_journal(state_dir, past) != 0 ? ERR_FAULTY : 0;
    if (error == 0)
        error = assume(past, at_ms, explanation, request);
    past_free(past);
    return error;
}
