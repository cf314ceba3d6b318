/* timeline.c -- see timeline.h. */
#include "sim/timeline.h"

#include <fnmatch.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_path.h"
#include "base/mem.h"
#include "base/str.h"
#include "check/definition_reader.h"
#include "dns/rr.h"
#include "dns/text.h"

#define FIRST_ROOM        64U
#define DURATION_S        600.0
#define QUESTION_TEXT_MAX 1100U

struct reading {
    struct json_path path;
    const struct definitions *definitions;
    struct timeline *timeline;
    uint32_t room; /* of events */
};

/* An entry of the timeline: once or again and again, each time for a while or for good. */
struct entry {
    const json_t *json;
    uint64_t at_ms, for_ms, every_ms, until_ms; /* for_ms, every_ms 0: not given */
    struct timeline_event begin, end;           /* what it is, and what undoes it */
};

/* ------------------------------------------------------------------ values */

static void check_members(
        struct reading *reading, const json_t *object, const char *const *names, size_t count)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        json_path_check_key(&reading->path, key, names, count);
    }
}

/* Reads a member that is a number of seconds, as milliseconds; `missing_ms` if it is not there. */
static uint64_t read_seconds(struct reading *reading, const json_t *object, const char *key,
        double least, uint64_t missing_ms)
{
    const json_t *value = json_object_get(object, key);
    uint64_t ms = missing_ms;

    if (value == NULL)
        return ms;
    json_path_enter_member(&reading->path, key);
    double seconds = json_number_value(value);
    if (!json_is_number(value))
        json_path_fault(&reading->path, "is %s; wanted seconds", definition_kind(value));
    else if (!(seconds >= least && seconds <= TIMELINE_DURATION_MAX_S))
        json_path_fault(&reading->path, "is %g; wanted %g to %u seconds", seconds, least,
                TIMELINE_DURATION_MAX_S);
    else
        ms = (uint64_t)llround(seconds * 1000);
    json_path_leave(&reading->path);
    return ms;
}

/* Reads a member that is one of some words.  Returns its place, or -1 with the fault told. */
static int read_word(struct reading *reading, const json_t *object, const char *key,
        const char *const *words, size_t count)
{
    const json_t *value = json_object_get(object, key);
    const char *text = definition_string(value);
    struct str_nearest nearest = {.word = text};
    int place = -1;

    json_path_enter_member(&reading->path, key);
    for (size_t i = 0; i < count && text != NULL; i++) {
        if (str_equal_fold(words[i], text))
            place = (int)i;
        str_nearest_offer(&nearest, words[i]);
    }
    if (text == NULL)
        json_path_fault(&reading->path, "is %s; wanted a string", definition_kind(value));
    else if (place < 0 && nearest.best != NULL)
        json_path_fault(
                &reading->path, "\"%s\" means nothing; did you mean \"%s\"?", text, nearest.best);
    else if (place < 0)
        json_path_fault(&reading->path, "\"%s\" means nothing here", text);
    json_path_leave(&reading->path);
    return place;
}

/* ------------------------------------------------------------------ events */

static void add_event(struct reading *reading, struct timeline_event event)
{
    struct timeline *timeline = reading->timeline;

    if (timeline->events_count == TIMELINE_EVENTS_MAX)
        return; /* told by the entry that has too many */
    if (timeline->events_count == reading->room) {
        reading->room = reading->room > 0 ? 2 * reading->room : FIRST_ROOM;
        timeline->events = mem_resize(timeline->events, reading->room, sizeof(*timeline->events));
    }
    timeline->events[timeline->events_count++] = event;
}

static bool has_room(struct reading *reading, const struct entry *entry)
{
    uint64_t times = entry->every_ms == 0 || entry->until_ms <= entry->at_ms
                             ? 1
                             : (entry->until_ms - entry->at_ms) / entry->every_ms + 1;
    if (2 * times + reading->timeline->events_count <= TIMELINE_EVENTS_MAX)
        return true;
    json_path_fault(&reading->path, "more than %u events", TIMELINE_EVENTS_MAX);
    return false;
}

/* Adds its beginning at each of its times, and its end a while behind each. */
static void add_events(struct reading *reading, struct entry *entry)
{
    uint64_t at_ms = entry->at_ms;

    if (!has_room(reading, entry))
        return;
    do {
        entry->begin.at_ms = at_ms;
        entry->end.at_ms = at_ms + entry->for_ms;
        add_event(reading, entry->begin);
        if (entry->for_ms > 0)
            add_event(reading, entry->end);
        at_ms += entry->every_ms;
    } while (entry->every_ms > 0 && at_ms < entry->until_ms);
}

static struct entry read_times(struct reading *reading, const json_t *json)
{
    struct entry entry = {
            .json = json,
            .at_ms = read_seconds(reading, json, "At", 0, 0),
            .for_ms = read_seconds(reading, json, "For", 0.001, 0),
            .every_ms = read_seconds(reading, json, "Every", 0.001, 0),
            .until_ms = read_seconds(reading, json, "Until", 0, reading->timeline->duration_ms),
    };
    if (json_object_get(json, "At") == NULL)
        json_path_fault(&reading->path, "has no \"At\": when, in seconds from the start");
    if (entry.every_ms > 0 && (entry.for_ms == 0 || entry.for_ms >= entry.every_ms))
        json_path_fault(
                &reading->path, "comes again by \"Every\" before it is over: \"For\" must be less");
    if (entry.every_ms == 0 && json_object_get(json, "Until") != NULL)
        json_path_fault(&reading->path, "has \"Until\" without \"Every\"");
    return entry;
}

/* Adds the events for each check that the member `key` names, an id or a pattern with * and ?. */
static void add_for_checks(struct reading *reading, struct entry *entry, const char *key)
{
    const struct definitions *definitions = reading->definitions;
    const json_t *value = json_object_get(entry->json, key);
    const char *text = definition_string(value);
    struct str_nearest nearest = {.word = text};
    bool found = false;

    json_path_enter_member(&reading->path, key);
    for (uint32_t i = 0; i < definitions->count && text != NULL; i++) {
        const char *id = definitions->list[i].id;
        str_nearest_offer(&nearest, id);
        if (strcmp(text, id) != 0 && fnmatch(text, id, FNM_NOESCAPE) != 0)
            continue;
        entry->begin.check = entry->end.check = i;
        add_events(reading, entry);
        found = true;
    }
    if (text == NULL)
        json_path_fault(&reading->path, "is %s; wanted the id of a check", definition_kind(value));
    else if (!found && nearest.best != NULL)
        json_path_fault(
                &reading->path, "no check \"%s\"; did you mean \"%s\"?", text, nearest.best);
    else if (!found)
        json_path_fault(&reading->path, "no check \"%s\"", text);
    json_path_leave(&reading->path);
}

static void read_fault(struct reading *reading, struct entry *entry)
{
    static const char *const names[] = {"At", "For", "Every", "Until", "Check", "Fault", "Comment"};
    static const char *const words[] = {
            [TIMELINE_WELL] = "none",
            [TIMELINE_REFUSED] = "refused",
            [TIMELINE_ERROR] = "error",
            [TIMELINE_TIMEOUT] = "timeout",
    };
    check_members(reading, entry->json, names, COUNT(names));
    int fault = read_word(reading, entry->json, "Fault", words, COUNT(words));
    if (fault < 0)
        return;
    entry->begin.kind = entry->end.kind = TIMELINE_FAULT;
    entry->begin.fault = (enum timeline_fault)fault;
    add_for_checks(reading, entry, "Check");
}

static void read_cut(struct reading *reading, struct entry *entry)
{
    static const char *const names[] = {"At", "For", "Every", "Until", "Cut", "Comment"};
    static const char *const words[] = {"IPv4", "IPv6", "both"};
    check_members(reading, entry->json, names, COUNT(names));
    int place = read_word(reading, entry->json, "Cut", words, COUNT(words));
    for (int family = CLIENT_IPV4; place >= 0 && family < (int)CLIENT_FAMILIES; family++) {
        entry->begin.kind = entry->end.kind = TIMELINE_CUT;
        entry->begin.family = entry->end.family = (enum client_family)family;
        entry->begin.is_cut = true;
        if (place == family || place == (int)CLIENT_FAMILIES)
            add_events(reading, entry);
    }
}

static void read_force(struct reading *reading, struct entry *entry)
{
    static const char *const names[] = {"At", "For", "Every", "Until", "Force", "State", "Comment"};
    static const char *const words[] = {
            [HEALTH_UNKNOWN] = "auto", [HEALTH_UP] = "up", [HEALTH_DOWN] = "down"};
    check_members(reading, entry->json, names, COUNT(names));
    int state = read_word(reading, entry->json, "State", words, COUNT(words));
    if (state < 0)
        return;
    entry->begin.kind = entry->end.kind = TIMELINE_FORCE;
    entry->begin.state = (enum health_state)state;
    add_for_checks(reading, entry, "Force");
}

static void read_accept(struct reading *reading, struct entry *entry)
{
    static const char *const names[] = {"At", "Accept", "Comment"};
    struct timeline *timeline = reading->timeline;
    const json_t *value = json_object_get(entry->json, "Accept");
    const char *text = definition_string(value);

    check_members(reading, entry->json, names, COUNT(names));
    json_path_enter_member(&reading->path, "Accept");
    if (text == NULL)
        json_path_fault(&reading->path, "is %s; wanted a zone, or \"all\"", definition_kind(value));
    json_path_leave(&reading->path);
    if (text == NULL)
        return;
    timeline->guards =
            mem_resize(timeline->guards, timeline->guards_count + 1, sizeof(*timeline->guards));
    timeline->guards[timeline->guards_count] = mem_string(text);
    entry->begin.kind = entry->end.kind = TIMELINE_ACCEPT;
    entry->begin.guard = timeline->guards_count++;
    add_events(reading, entry);
}

/* What an entry is about is told by the member that only it has. */
static void read_entry(struct reading *reading, const json_t *json)
{
    static const struct {
        const char *key;
        void (*read)(struct reading *reading, struct entry *entry);
    } kinds[] = {
            {"Check",  read_fault },
            {"Cut",    read_cut   },
            {"Force",  read_force },
            {"Accept", read_accept},
    };
    if (!json_is_object(json)) {
        json_path_fault(&reading->path, "is %s; wanted an object", definition_kind(json));
        return;
    }
    struct entry entry = read_times(reading, json);
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (json_object_get(json, kinds[i].key) != NULL) {
            kinds[i].read(reading, &entry);
            return;
        }
    json_path_fault(&reading->path, "has none of \"Check\", \"Cut\", \"Force\" and \"Accept\"");
}

/* ------------------------------------------------------------------ lists */

/* Calls `read` with each element of the array that the member is, if it is there. */
static void read_list(struct reading *reading, const json_t *root, const char *key, size_t most,
        void (*read)(struct reading *reading, const json_t *element))
{
    const json_t *list = json_object_get(root, key);

    if (list == NULL)
        return;
    json_path_enter_member(&reading->path, key);
    if (!json_is_array(list))
        json_path_fault(&reading->path, "is %s; wanted an array", definition_kind(list));
    else if (json_array_size(list) > most)
        json_path_fault(&reading->path, "has %zu elements; at most %zu are possible",
                json_array_size(list), most);
    for (size_t i = 0; i < json_array_size(list) && json_array_size(list) <= most; i++) {
        json_path_enter_element(&reading->path, i);
        read(reading, json_array_get(list, i));
        json_path_leave(&reading->path);
    }
    json_path_leave(&reading->path);
}

/* "NAME TYPE"; a type that is left out is A. */
static void read_name(struct reading *reading, const json_t *element)
{
    static const uint8_t root[] = {0};
    struct timeline *timeline = reading->timeline;
    const char *text = definition_string(element);
    char word[QUESTION_TEXT_MAX];
    struct timeline_name name = {.type = RR_A};

    if (text == NULL || strlen(text) >= sizeof(word)) {
        json_path_fault(&reading->path, "is %s; wanted \"NAME TYPE\"", definition_kind(element));
        return;
    }
    size_t length = strcspn(text, " ");
    memcpy(word, text, length);
    word[length] = '\0';
    const char *type = text + length + strspn(text + length, " ");
    if (name_from_text(word, root, &name.name) != 0) {
        json_path_fault(&reading->path, "\"%s\" is no name", word);
        return;
    }
    if (*type != '\0' && text_type_parse(type, &name.type) != 0) {
        json_path_fault(&reading->path, "\"%s\" is no type", type);
        return;
    }
    timeline->names = mem_resize(timeline->names, timeline->names_count + 1, sizeof(name));
    timeline->names[timeline->names_count++] = name;
}

static void read_client(struct reading *reading, const json_t *element)
{
    struct timeline *timeline = reading->timeline;
    const char *text = definition_string(element);
    struct client client;

    if (text == NULL || client_parse(text, &client) != 0) {
        json_path_fault(&reading->path, "%s%s%s is neither an address nor ADDRESS/BITS",
                text != NULL ? "\"" : "", text != NULL ? text : definition_kind(element),
                text != NULL ? "\"" : "");
        return;
    }
    timeline->clients = mem_resize(timeline->clients, timeline->clients_count + 1, sizeof(client));
    timeline->clients[timeline->clients_count++] = client;
}

static void read_seed(struct reading *reading, const json_t *root)
{
    const json_t *seed = json_object_get(root, "Seed");

    reading->timeline->seed = (uint64_t)json_integer_value(seed);
    if (seed == NULL || (json_is_integer(seed) && json_integer_value(seed) >= 0))
        return;
    json_path_enter_member(&reading->path, "Seed");
    json_path_fault(&reading->path, "is %s; wanted a whole number from 0", definition_kind(seed));
    json_path_leave(&reading->path);
}

static void read_root(struct reading *reading, const json_t *root)
{
    static const char *const names[] = {
            "Duration", "Seed", "Names", "Clients", "Timeline", "Comment"};
    if (!json_is_object(root)) {
        json_path_fault(&reading->path, "is %s; wanted an object", definition_kind(root));
        return;
    }
    check_members(reading, root, names, COUNT(names));
    reading->timeline->duration_ms =
            read_seconds(reading, root, "Duration", 0.001, (uint64_t)(DURATION_S * 1000));
    read_seed(reading, root);
    read_list(reading, root, "Names", TIMELINE_NAMES_MAX, read_name);
    read_list(reading, root, "Clients", TIMELINE_CLIENTS_MAX, read_client);
    read_list(reading, root, "Timeline", TIMELINE_EVENTS_MAX, read_entry);
}

/* ------------------------------------------------------------------ the whole */

/* Sorts by time.  What is of one time stays in the order it was added: a merge sort is stable. */
static void sort_events(struct timeline_event *events, struct timeline_event *spare, size_t count)
{
    if (count < 2)
        return;
    size_t half = count / 2, i = 0, j = half;
    sort_events(events, spare, half);
    sort_events(events + half, spare, count - half);
    for (size_t at = 0; at < count; at++)
        spare[at] = j == count || (i < half && events[i].at_ms <= events[j].at_ms) ? events[i++]
                                                                                   : events[j++];
    memcpy(events, spare, count * sizeof(*events));
}

struct timeline *timeline_load_text(const char *file, const char *text, size_t length,
        const struct definitions *definitions, struct diag *diag)
{
    struct reading reading = {
            .path = {.file = file, .text = {text, length}, .diag = diag},
            .definitions = definitions,
            .timeline = mem_zalloc(1, sizeof(struct timeline)),
    };
    struct timeline *timeline = reading.timeline;
    uint32_t errors = diag_errors(diag);
    json_error_t error;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);

    if (root == NULL)
        json_path_not_json(&reading.path, error.line, error.column, error.text);
    else
        read_root(&reading, root);
    json_decref(root);
    if (diag_errors(diag) > errors) {
        timeline_free(timeline);
        return NULL;
    }
    struct timeline_event *spare = mem_zalloc(timeline->events_count, sizeof(*spare));
    sort_events(timeline->events, spare, timeline->events_count);
    free(spare);
    return timeline;
}

struct timeline *timeline_load_file(
        const char *path, const struct definitions *definitions, struct diag *diag)
{
    char *text;
    size_t length;
    int error = file_load(path, TIMELINE_FILE_MAX, &text, &length);

    if (error != 0) {
        diag_error(diag, (struct diag_place){.file = path}, "%s", file_error_text(error));
        return NULL;
    }
    struct timeline *timeline = timeline_load_text(path, text, length, definitions, diag);
    free(text);
    return timeline;
}

void timeline_free(struct timeline *timeline)
{
    if (timeline == NULL)
        return;
    free(timeline->names);
    free(timeline->clients);
    free(timeline->events);
    for (uint32_t i = 0; i < timeline->guards_count; i++)
        free(timeline->guards[i]);
    free(timeline->guards);
    free(timeline);
}
