/* fixture.h -- zones for tests: from text to a loaded zone, with checks to name. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "health/ids.h"
#include "health/table.h"
#include "zone/atlas.h"
#include "zone/load.h"

#define FIXTURE_TEXT_MAX 200000U

/* The head that most test zones share: lines 1 to 4. */
#define FIXTURE_HEAD                                                                               \
    "$TTL 60\n"                                                                                    \
    "@    IN SOA ns hostmaster 7 7200 900 1209600 30\n"                                            \
    "     IN NS  ns\n"                                                                             \
    "ns   IN A   192.0.2.53\n"

struct fixture {
    struct health_table *table;
    struct health_ids *ids;
    struct zone_basis basis; /* without an atlas, until fixture_add_atlas() */
    struct diag *diag;
};

/* The checks that test zones may name; the slot is the place in the list. */
static const char *const fixture_checks[] = {"www-eu", "www-us", "api-blue", "api-green", "img-1"};

static inline void fixture_init(struct fixture *fixture)
{
    assert_int_equal(health_table_create(&fixture->table), 0);
    for (uint32_t i = 0; i < COUNT(fixture_checks); i++) {
        struct health_detail detail = {.flags = HEALTH_DEFINED};
        snprintf(detail.id, sizeof(detail.id), "%s", fixture_checks[i]);
        health_table_write(fixture->table, i, &detail);
    }
    fixture->ids = health_ids_new(fixture->table);
    fixture->basis = (struct zone_basis){.ids = fixture->ids};
    fixture->diag = diag_new();
}

/* Lets the check of this id be down and all others up; "" is none. */
static inline void fixture_set_down(struct fixture *fixture, const char *id)
{
    for (uint32_t slot = 0; slot < COUNT(fixture_checks); slot++) {
        bool is_down = strcmp(fixture_checks[slot], id) == 0;
        health_table_put(fixture->table, slot,
                (struct health_verdict){.state = is_down ? HEALTH_DOWN : HEALTH_UP});
    }
}

/* Lets zones know the places of tests/data/atlas and tests/data/geo. */
static inline void fixture_add_atlas(struct fixture *fixture)
{
    static const char *const dirs[] = {TEST_DATA_DIR "/atlas"};
    const struct atlas_sources sources = {
            .geoip_file = TEST_DATA_DIR "/geo/places.mmdb",
            .latency_file = TEST_DATA_DIR "/atlas/latency.csv",
            .cidr_dirs = dirs,
            .cidr_dirs_count = COUNT(dirs),
    };
    fixture->basis.atlas = atlas_load(&sources, NULL, fixture->diag);
    assert_int_equal(diag_kept(fixture->diag), 0);
}

static inline void fixture_done(struct fixture *fixture)
{
    atlas_free(fixture->basis.atlas);
    diag_free(fixture->diag);
    health_ids_free(fixture->ids);
    health_table_close(fixture->table);
}

/* All faults as "LINE:COLUMN: message", a line each; warnings say so.  New. */
static inline char *fixture_faults(const struct diag *diag)
{
    struct buf text;
    buf_init(&text, FIXTURE_TEXT_MAX);
    for (uint32_t i = 0; i < diag_kept(diag); i++) {
        const struct diag_fault *fault = diag_fault_at(diag, i);
        buf_printf(&text, "%u:%u: %s%s\n", fault->place.line, fault->place.column,
                fault->severity == DIAG_WARNING ? "warning: " : "", fault->message);
    }
    char *faults = strdup(buf_string(&text));
    buf_done(&text);
    return faults;
}

static inline void fixture_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

/* Loads a zone from text.  Returns a new zone, or NULL with the faults in the fixture's diag. */
static inline struct zone *fixture_load(
        struct fixture *fixture, const char *origin, const char *text)
{
    static const uint8_t root[] = {0};
    const struct master_text file = {"test.zone", text, strlen(text)};
    struct zone *zone = NULL;
    struct name apex;

    assert_int_equal(name_from_text(origin, root, &apex), 0);
    int result = zone_load_text(&file, apex.bytes, &fixture->basis, &zone, fixture->diag);
    assert_int_equal(result == 0, zone != NULL);
    return zone;
}

/* Appends TXT records that take `bytes` in all, behind a pointer to their owner; all differ. */
static inline void fixture_add_txt(struct buf *text, const char *owner, size_t bytes)
{
    const size_t head = 2 + 10 + 1; /* of a record, and the length of its string */

    for (unsigned i = 0; bytes > 0; i++) {
        size_t take = bytes <= head + 255 ? bytes : head + 255;
        if (bytes - take > 0 && bytes - take < head + 4) /* no room for another */
            take -= head + 4;
        buf_printf(text, "%s TXT \"%04u%0*d\"\n", owner, i, (int)(take - head - 4), 0);
        bytes -= take;
    }
}

/* The same for a zone that must load; the faults are shown if it does not. */
static inline struct zone *fixture_load_good(
        struct fixture *fixture, const char *origin, const char *text)
{
    struct zone *zone = fixture_load(fixture, origin, text);
    if (zone == NULL)
        fail_msg("the zone is faulty:\n%s", fixture_faults(fixture->diag));
    return zone;
}
