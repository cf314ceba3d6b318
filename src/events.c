/* events.c -- see events.h. */
#include "events.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "admin/show_event.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/str.h"
#include "journal.h"
#include "statedir.h"

#define EXIT_TROUBLE   2
#define LINE_MAX_BYTES 16384U
#define LOOK_MS        100 /* how often somebody who follows looks */

struct telling {
    const struct events_wishes *wishes;
    struct show_event_filter filter;
    uint64_t last; /* number told */
};

static void tell(void *context, uint64_t number, const char *event)
{
    struct telling *telling = context;
    struct buf text;

    if (number <= telling->last)
        return;
    telling->last = number;
    buf_init(&text, LINE_MAX_BYTES);
    if (show_event(event, &telling->filter, &text) == 0) {
        if (telling->wishes->json)
            printf("{\"number\":%llu,\"event\":%s}\n", (unsigned long long)number, event);
        else
            fputs(buf_string(&text), stdout);
    }
    buf_done(&text);
}

/* "45m": so long ago.  Returns 0 if it is no duration. */
static uint64_t read_ago(const char *text, uint64_t now_ms)
{
    char *end;
    unsigned long long number = strtoull(text, &end, 10);
    uint32_t unit_s = end != text ? str_unit_s(*end) : 0;

    if (unit_s == 0 || end[1] != '\0' || number > UINT32_MAX)
        return 0;
    uint64_t ago_ms = number * unit_s * 1000;
    return ago_ms < now_ms ? now_ms - ago_ms : 1;
}

/* The milliseconds of what stands behind a point. */
static uint64_t read_fraction(const char *digits)
{
    uint64_t ms = 0;
    for (uint64_t unit = 100; unit > 0 && *digits >= '0' && *digits <= '9'; unit /= 10)
        ms += unit * (uint64_t)(*digits++ - '0');
    return ms;
}

/* "2026-11-22T03:12:00Z", or without its end.  Returns 0 if it is no time. */
static uint64_t read_time(const char *text)
{
    static const char *const formats[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
            "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"};
    for (size_t i = 0; i < COUNT(formats); i++) {
        struct tm tm = {0};
        const char *end = strptime(text, formats[i], &tm);
        if (end == NULL)
            continue;
        uint64_t ms = 0;
        if (*end == '.') {
            ms = read_fraction(end + 1);
            end += 1 + strspn(end + 1, "0123456789");
        }
        if (*end == '\0' || strcmp(end, "Z") == 0)
            return (uint64_t)timegm(&tm) * 1000 + ms;
    }
    return 0;
}

int events_read_time(const char *text, uint64_t *ret)
{
    *ret = read_ago(text, clock_real_ms());
    if (*ret == 0)
        *ret = read_time(text);
    if (*ret > 0)
        return 0;
    fprintf(stderr,
            "holdfastctl: \"%s\" is neither a time such as 2026-11-22T03:12:00Z (UTC) nor how long "
            "ago, such as "
            "45m\n",
            text);
    return ERR_SYNTAX;
}

/* Until something is written.  A file of another number was begun. */
static void wait_for_more(const char *path, struct stat *seen)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    struct stat now = *seen;

    while (now.st_size == seen->st_size && now.st_ino == seen->st_ino) {
        nanosleep(&pause, NULL);
        if (stat(path, &now) == -1)
            now = *seen;
    }
    *seen = now;
}

int events_run(const struct events_wishes *wishes)
{
    struct telling telling = {
            .wishes = wishes, .filter = {.check = wishes->check, .evidence = wishes->evidence}
    };
    char *path = file_path(wishes->state_dir, STATEDIR_JOURNAL);
    struct stat seen = {.st_size = 0};
    int error = 0;
    if (wishes->since != NULL)
        error = events_read_time(wishes->since, &telling.filter.since_ms);

    do {
        if (error == 0) {
            (void)!stat(path, &seen);
            error = journal_read(path, tell, &telling);
            if (error != 0)
                fprintf(stderr, "holdfastctl: %s: %s; does -s name the daemon's state directory?\n",
                        path, err_text(error));
            fflush(stdout);
        }
        if (error == 0 && wishes->follow)
            wait_for_more(path, &seen);
    } while (error == 0 && wishes->follow);
    free(path);
    return error == 0 ? 0 : EXIT_TROUBLE;
}
