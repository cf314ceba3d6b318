/* table.c -- see table.h; the layout is drawn in docs/formats/health-table.md.
 *
 * A detail is guarded by a sequence number that is odd while the writer is inside (a sequence lock,
 * H.-J. Boehm, "Can seqlocks get along with programming language memory models?", 2012).  The content
 * is copied as atomic words: the writer releases each after the odd number, the reader acquires each
 * before it looks at the number again, so whoever saw one new word sees the odd number too.  There are
 * no fences, which the thread sanitizer could not follow.
 */
#include "health/table.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "health/table_layout.h"
#include "health/verdict.h"

#define READ_TRIES 1000U /* a write takes far less than a microsecond */

#define WORD_STATE_MASK   0xffU
#define WORD_NO_DATA      0x100U
#define WORD_FORCED_MASK  0x600U
#define WORD_FORCED_SHIFT 9
#define WORD_LACK_SHIFT   11
#define WORD_LACK_MASK    0xffU
#define WORD_SUSPECT      0x80000U
#define WORD_HELD         0x100000U
#define WORD_SINCE_SHIFT  32
#define LAST_OUTCOME_MAX  ((uint32_t)VERDICT_INCONCLUSIVE + 1)
#define MENDED_REASON     "not known: the checker was killed while it wrote this"
#define SEALS             (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static const char magic[4] = {'H', 'F', 'H', 'T'};

/* The sizes are constants of the version and never taken from the memory, which may change. */
struct health_table {
    struct shared *shared;
    bool writable;
    int fd; /* -1 unless this process created the table */
};

/* NULL, with errno set, if the memory cannot be mapped. */
static struct health_table *map(int fd, enum health_access access)
{
    int prot = access == HEALTH_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
    void *memory = mmap(NULL, sizeof(struct shared), prot, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return NULL;
    struct health_table *table = mem_zalloc(1, sizeof(*table));
    *table = (struct health_table){memory, access == HEALTH_WRITE, -1};
    return table;
}

static void write_header(struct header *header)
{
    memcpy(header->magic, magic, sizeof(magic));
    header->version = HEALTH_TABLE_VERSION;
    header->slots = HEALTH_TABLE_SLOTS;
    header->detail_bytes = DETAIL_BYTES;
    header->words_offset = offsetof(struct shared, verdict);
    header->details_offset = offsetof(struct shared, detail);
    header->total_bytes = sizeof(struct shared);
}

static bool header_is_ours(const struct header *header)
{
    return memcmp(header->magic, magic, sizeof(magic)) == 0 &&
           header->version == HEALTH_TABLE_VERSION && header->slots == HEALTH_TABLE_SLOTS &&
           header->detail_bytes == DETAIL_BYTES &&
           header->words_offset == offsetof(struct shared, verdict) &&
           header->details_offset == offsetof(struct shared, detail) &&
           header->total_bytes == sizeof(struct shared);
}

int health_table_create(struct health_table **ret)
{
    int error;
    int fd = memfd_create("holdfast-health", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd == -1)
        return -errno;

    /* Sealed, so that no bug in one process can make a read in the other fault. */
    if (ftruncate(fd, (off_t)sizeof(struct shared)) == -1 || fcntl(fd, F_ADD_SEALS, SEALS) == -1)
        goto fail;
    struct health_table *table = map(fd, HEALTH_WRITE);
    if (table == NULL)
        goto fail;
    table->fd = fd;
    write_header(&table->shared->header);
    *ret = table;
    return 0;

fail:
    error = -errno;
    close(fd);
    return error;
}

static uint64_t pack(struct health_verdict verdict)
{
    return (uint64_t)verdict.since_s << WORD_SINCE_SHIFT | (verdict.held ? WORD_HELD : 0) |
           (verdict.suspect ? WORD_SUSPECT : 0) | (uint64_t)verdict.lack << WORD_LACK_SHIFT |
           (verdict.no_data ? WORD_NO_DATA : 0) | (uint64_t)verdict.state;
}

static bool is_verdict(uint64_t state)
{
    return state == HEALTH_UP || state == HEALTH_DOWN;
}

/* What is found, and HEALTH_UNKNOWN if nothing is. */
static struct health_verdict unpack(uint64_t word)
{
    uint64_t state = word & WORD_STATE_MASK;

    if (!is_verdict(state))
        return (struct health_verdict){.state = HEALTH_UNKNOWN};
    return (struct health_verdict){
            .state = (enum health_state)state,
            .no_data = (word & WORD_NO_DATA) != 0,
            .since_s = (uint32_t)(word >> WORD_SINCE_SHIFT),
            .suspect = (word & WORD_SUSPECT) != 0,
            .held = (word & WORD_HELD) != 0 && state == HEALTH_DOWN,
            .lack = (uint8_t)(word >> WORD_LACK_SHIFT & WORD_LACK_MASK),
    };
}

static uint64_t load(const _Atomic uint64_t *from)
{
    return atomic_load_explicit(from, memory_order_acquire);
}

static void store(_Atomic uint64_t *to, uint64_t value)
{
    atomic_store_explicit(to, value, memory_order_release);
}

static void grow_generation(struct health_table *table)
{
    atomic_fetch_add_explicit(&table->shared->header.generation, 1, memory_order_acq_rel);
}

static uint64_t load_word(const struct health_table *table, uint32_t slot)
{
    return slot < HEALTH_TABLE_SLOTS ? load(&table->shared->verdict[slot]) : 0;
}

struct health_verdict health_table_found(const struct health_table *table, uint32_t slot)
{
    return unpack(load_word(table, slot));
}

/* What answers go by. */
static struct health_verdict effective(uint64_t word)
{
    uint64_t forced = (word & WORD_FORCED_MASK) >> WORD_FORCED_SHIFT;
    struct health_verdict verdict = unpack(word);
    if (verdict.state == HEALTH_UNKNOWN)
        return verdict;
    if (!is_verdict(forced)) {
        if (verdict.held)
            verdict.state = HEALTH_UP;
        return verdict;
    }
    verdict.state = (enum health_state)forced;
    verdict.forced = true;
    verdict.held = false;
    verdict.suspect = false;
    verdict.lack = 0;
    return verdict;
}

struct health_verdict health_table_get(const struct health_table *table, uint32_t slot)
{
    return effective(load_word(table, slot));
}

static uint32_t see(struct health_verdict verdict)
{
    bool is_probed = verdict.state != HEALTH_UNKNOWN && !verdict.no_data && !verdict.forced;
    return (verdict.state == HEALTH_DOWN ? HEALTH_SEEN_DOWN : 0) |
           (is_probed ? HEALTH_SEEN_PROBED : 0) | (verdict.forced ? HEALTH_SEEN_FORCED : 0) |
           (verdict.suspect ? HEALTH_SEEN_SUSPECT : 0) | (verdict.lack > 0 ? HEALTH_SEEN_LACKS : 0);
}

uint32_t health_table_see(const struct health_table *table, uint32_t slot)
{
    uint64_t word = load_word(table, slot);

    switch ((uint32_t)word) { /* without the time there is hardly ever more than the state */
    case HEALTH_UP:
        return HEALTH_SEEN_PROBED;
    case HEALTH_DOWN:
        return HEALTH_SEEN_PROBED | HEALTH_SEEN_DOWN;
    default:
        return see(effective(word));
    }
}

/* Two processes write a word, each its own bits of it: `bits` are put where `mask` is, in one atomic step.
 * A word whose state is unknown is nobody's unless `mask` has the state.  Returns whether it has changed,
 * or -ENOENT for a word that is nobody's. */
static int put_bits(struct health_table *table, uint32_t slot, uint64_t mask, uint64_t bits)
{
    _Atomic uint64_t *word = &table->shared->verdict[slot];
    uint64_t old = load(word);
    uint64_t new;
    do {
        if ((mask & WORD_STATE_MASK) == 0 && !is_verdict(old & WORD_STATE_MASK))
            return -ENOENT;
        new = (old & ~mask) | bits;
        if (new == old)
            return 0;
    } while (!atomic_compare_exchange_weak_explicit(
            word, &old, new, memory_order_acq_rel, memory_order_acquire));
    return 1;
}

static void count_changes(struct health_table *table, uint64_t count)
{
    atomic_fetch_add_explicit(&table->shared->header.changes, count, memory_order_acq_rel);
}

/* The slot is in its place before it is counted, so that whoever sees the count sees slot and verdict.  If
 * the supervisor counts in between, that is a whole round: the place stays the same. */
static void note_change(struct health_table *table, uint32_t slot)
{
    struct header *header = &table->shared->header;
    uint64_t changes = load(&header->changes);

    atomic_store_explicit(
            &header->changed[changes % HEALTH_CHANGES_KEPT], slot, memory_order_release);
    count_changes(table, 1);
    grow_generation(table);
}

/* Says that anything may have changed: for a writer that was killed between a verdict and its count and
 * has told nobody, and for the supervisor, since the places are the checker's. */
static void note_unknown_changes(struct health_table *table)
{
    count_changes(table, HEALTH_CHANGES_KEPT);
}

static void put_word(struct health_table *table, uint32_t slot, uint64_t mask, uint64_t bits)
{
    if (put_bits(table, slot, mask, bits) == 1)
        note_change(table, slot);
}

void health_table_put(struct health_table *table, uint32_t slot, struct health_verdict verdict)
{
    assert(table->writable);
    assert(slot < HEALTH_TABLE_SLOTS);
    put_word(table, slot, ~(uint64_t)WORD_FORCED_MASK, pack(verdict));
}

/* The name of a slot holds still while its numbers are rewritten: one that is torn has it too. */
static bool is_slot_of(const struct health_table *table, uint32_t slot, const char *id)
{
    struct health_detail detail = {.flags = 0};
    int result = health_table_read(table, slot, &detail);
    return (result == 0 || result == ERR_TORN) && strcmp(detail.id, id) == 0;
}

static int force_word(struct health_table *table, uint32_t slot, enum health_state state)
{
    int changed = put_bits(table, slot, WORD_FORCED_MASK, (uint64_t)state << WORD_FORCED_SHIFT);
    if (changed == 1) {
        note_unknown_changes(table);
        grow_generation(table);
    }
    return changed < 0 ? changed : 0;
}

/* The checker may free the slot at any moment and give it to another check: a freed word has no state,
 * so nothing is forced there, and whoever got the slot in between is looked for after. */
int health_table_force(
        struct health_table *table, uint32_t slot, const char *id, enum health_state state)
{
    assert(table->writable);
    assert(state <= HEALTH_DOWN);

    if (slot >= HEALTH_TABLE_SLOTS || !is_slot_of(table, slot, id) ||
            force_word(table, slot, state) != 0)
        return -ENOENT;
    if (is_slot_of(table, slot, id))
        return 0;
    (void)!force_word(table, slot, HEALTH_UNKNOWN);
    return -ENOENT;
}

uint64_t health_table_generation(const struct health_table *table)
{
    return load(&table->shared->header.generation);
}

uint64_t health_table_changes_now(const struct health_table *table)
{
    return load(&table->shared->header.changes);
}

/* The place that is written next was that of the oldest change kept, which therefore does not count. */
uint32_t health_table_changes(
        const struct health_table *table, uint64_t *cursor, uint32_t ret[HEALTH_CHANGES_KEPT])
{
    const struct header *header = &table->shared->header;
    uint64_t seen = *cursor;
    uint64_t now = load(&header->changes);
    uint32_t count = 0;

    *cursor = now;
    for (uint64_t i = seen; i != now && now - seen < HEALTH_CHANGES_KEPT; i++)
        ret[count++] = atomic_load_explicit(
                &header->changed[i % HEALTH_CHANGES_KEPT], memory_order_acquire);
    if (load(&header->changes) - seen >= HEALTH_CHANGES_KEPT)
        return HEALTH_CHANGES_LOST;
    return count;
}

uint32_t health_table_used(const struct health_table *table)
{
    uint64_t used = load(&table->shared->header.used);
    return used < HEALTH_TABLE_SLOTS ? (uint32_t)used : HEALTH_TABLE_SLOTS;
}

void health_table_set_isolation(struct health_table *table, uint32_t cuts, uint32_t since_s)
{
    assert(table->writable);
    store(&table->shared->header.isolation, (uint64_t)since_s << 32 | cuts);
}

static uint64_t pair(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

void health_table_set_pace(struct health_table *table, const struct health_pace *pace)
{
    _Atomic uint64_t *words = table->shared->header.pace;
    assert(table->writable);
    store(&words[0], pace->probes);
    store(&words[1], pair(pace->running, pace->held));
    store(&words[2], pair(pace->late_us[0], pace->late_us[1]));
    store(&words[3], pair(pace->late_us[2], pace->turn_us));
}

struct health_pace health_table_pace(const struct health_table *table)
{
    const _Atomic uint64_t *words = table->shared->header.pace;
    uint64_t counts = load(&words[1]), late = load(&words[2]), rest = load(&words[3]);
    return (struct health_pace){
            .probes = load(&words[0]),
            .running = (uint32_t)counts,
            .held = (uint32_t)(counts >> 32),
            .late_us = {(uint32_t)late, (uint32_t)(late >> 32), (uint32_t)rest},
            .turn_us = (uint32_t)(rest >> 32),
    };
}

uint32_t health_table_isolation(const struct health_table *table, uint32_t *since_s)
{
    uint64_t word = load(&table->shared->header.isolation);
    *since_s = (uint32_t)(word >> 32);
    return (uint32_t)word & HEALTH_CUTS;
}

/* A place is free before it is another guard's, so that no reader takes one's time for the other's. */
static void put_raised(struct shared_raised *place, uint64_t guard, uint64_t since_ms)
{
    store(&place->since_ms, 0);
    store(&place->guard, guard);
    store(&place->since_ms, since_ms);
}

/* The guard's place or, if it has none, a free one; NULL if there is neither. */
static struct shared_raised *find_raised(const struct health_table *table, uint64_t guard)
{
    struct shared_raised *places = table->shared->raised, *spare = NULL;

    for (uint32_t i = 0; i < HEALTH_RAISED_MAX; i++) {
        bool is_free = load(&places[i].since_ms) == 0;
        if (!is_free && load(&places[i].guard) == guard)
            return &places[i];
        if (is_free && spare == NULL)
            spare = &places[i];
    }
    return spare;
}

void health_table_set_raised(struct health_table *table, uint64_t guard, uint64_t since_ms)
{
    struct shared_raised *place = find_raised(table, guard);
    assert(table->writable);
    if (place != NULL && load(&place->since_ms) != since_ms)
        put_raised(place, guard, since_ms);
}

static bool is_among(uint64_t guard, const uint64_t *guards, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (guards[i] == guard)
            return true;
    return false;
}

/* Those that stay are not touched: whoever is killed meanwhile, or reads, loses none of them. */
void health_table_keep_raised(struct health_table *table, const uint64_t *guards, uint32_t count)
{
    struct shared_raised *places = table->shared->raised;

    assert(table->writable);
    assert(count <= HEALTH_RAISED_MAX);
    for (uint32_t i = 0; i < HEALTH_RAISED_MAX; i++)
        if (load(&places[i].since_ms) != 0 && !is_among(load(&places[i].guard), guards, count))
            store(&places[i].since_ms, 0);
}

uint64_t health_table_raised_since(const struct health_table *table, uint64_t guard)
{
    const struct shared_raised *place = find_raised(table, guard);
    return place != NULL ? load(&place->since_ms) : 0;
}

uint32_t health_table_raised(
        const struct health_table *table, struct health_raised ret[HEALTH_RAISED_MAX])
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < HEALTH_RAISED_MAX; i++) {
        const struct shared_raised *place = &table->shared->raised[i];
        uint64_t since_ms = load(&place->since_ms);
        uint64_t guard = load(&place->guard);
        if (since_ms != 0 && load(&place->since_ms) == since_ms)
            ret[count++] = (struct health_raised){guard, since_ms};
    }
    return count;
}

void health_table_beat(struct health_table *table, uint64_t now_ms)
{
    assert(table->writable);
    store(&table->shared->header.beat_ms, now_ms);
}

uint64_t health_table_last_beat_ms(const struct health_table *table)
{
    return load(&table->shared->header.beat_ms);
}

bool health_table_is_silent(const struct health_table *table, uint64_t now_ms)
{
    uint64_t beat_ms = health_table_last_beat_ms(table);
    uint64_t apart_ms = now_ms > beat_ms ? now_ms - beat_ms : beat_ms - now_ms;
    return apart_ms > HEALTH_SILENT_MS;
}

/* Copies a string out of memory that nobody vouches for: what is not printable ASCII becomes '?', so
 * that it can go to a terminal, a log and JSON, and the end is there whatever happened to it. */
static void decode_text(char *to, const char *from, size_t room)
{
    size_t length = strnlen(from, room - 1);
    for (size_t i = 0; i < length; i++)
        to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
    memset(to + length, 0, room - length);
}

static uint32_t at_most(uint32_t number, uint32_t max)
{
    return number < max ? number : max;
}

static struct health_detail decode(const struct content *from)
{
    struct health_detail detail = {
            .flags = from->flags & HEALTH_FLAGS,
            .raw_state = from->raw_state <= HEALTH_DOWN ? from->raw_state : HEALTH_UNKNOWN,
            .streak = at_most(from->streak, VERDICT_THRESHOLD_MAX),
            .last_outcome = from->last_outcome <= LAST_OUTCOME_MAX ? from->last_outcome : 0,
            .passes = from->passes,
            .fails = from->fails,
            .inconclusives = from->inconclusives,
            .changes = from->changes,
            .answer_changes = from->answer_changes,
            .since_ms = from->since_ms,
            .last_probe_ms = from->last_probe_ms,
            .duration_ms = from->duration_ms,
            .interval_ms = from->interval_ms,
            .timeout_ms = from->timeout_ms,
            .linger_ms = from->linger_ms,
            .fall = at_most(from->fall, VERDICT_THRESHOLD_MAX),
            .rise = at_most(from->rise, VERDICT_THRESHOLD_MAX),
            .hold_ms = from->hold_ms,
            .ramp_ms = from->ramp_ms,
            .suspect_ms = from->suspect_ms,
            .unsettled_ms = from->unsettled_ms,
            .certificate_s = from->certificate_s,
    };
    memcpy(detail.latency_us, from->latency_us, sizeof(detail.latency_us));
    decode_text(detail.id, from->id, sizeof(detail.id));
    decode_text(detail.type, from->type, sizeof(detail.type));
    decode_text(detail.target, from->target, sizeof(detail.target));
    decode_text(detail.reason, from->reason, sizeof(detail.reason));
    return detail;
}

static void encode_text(char *to, const char *from, size_t room)
{
    memcpy(to, from, strnlen(from, room - 1));
}

static union content_words encode(const struct health_detail *detail)
{
    union content_words ret = {.word = {0}};
    if (detail->id[0] == '\0')
        return ret;
    struct content *to = &ret.content;
    encode_text(to->id, detail->id, sizeof(detail->id));
    encode_text(to->type, detail->type, sizeof(detail->type));
    encode_text(to->target, detail->target, sizeof(detail->target));
    encode_text(to->reason, detail->reason, sizeof(detail->reason));
    to->flags = detail->flags;
    to->raw_state = detail->raw_state;
    to->streak = detail->streak;
    to->last_outcome = detail->last_outcome;
    to->passes = detail->passes;
    to->fails = detail->fails;
    to->inconclusives = detail->inconclusives;
    to->changes = detail->changes;
    to->answer_changes = detail->answer_changes;
    to->since_ms = detail->since_ms;
    to->last_probe_ms = detail->last_probe_ms;
    to->duration_ms = detail->duration_ms;
    to->interval_ms = detail->interval_ms;
    to->timeout_ms = detail->timeout_ms;
    to->linger_ms = detail->linger_ms;
    to->fall = (uint16_t)detail->fall;
    to->rise = (uint16_t)detail->rise;
    to->hold_ms = detail->hold_ms;
    to->ramp_ms = detail->ramp_ms;
    to->suspect_ms = detail->suspect_ms;
    to->unsettled_ms = detail->unsettled_ms;
    to->certificate_s = detail->certificate_s;
    memcpy(to->latency_us, detail->latency_us, sizeof(to->latency_us));
    return ret;
}

static union content_words load_content(const struct shared_detail *from)
{
    union content_words ret;
    for (uint32_t i = 0; i < DETAIL_WORDS; i++)
        ret.word[i] = load(&from->word[i]);
    return ret;
}

/* Returns false if the writer was inside, before or after. */
static bool load_whole(const struct shared_detail *from, union content_words *ret)
{
    uint64_t before = load(&from->sequence);
    if (before % 2 == 1)
        return false;
    *ret = load_content(from);
    return load(&from->sequence) == before;
}

int health_table_read(const struct health_table *table, uint32_t slot, struct health_detail *ret)
{
    if (slot >= HEALTH_TABLE_SLOTS)
        return -ENOENT;

    const struct shared_detail *from = &table->shared->detail[slot];
    union content_words words;
    int result = ERR_TORN;
    for (uint32_t i = 0; i < READ_TRIES && result != 0; i++)
        if (load_whole(from, &words))
            result = 0;
    if (result == ERR_TORN)
        words = load_content(from);
    struct health_detail detail = decode(&words.content);
    if (detail.id[0] == '\0')
        return -ENOENT;
    *ret = detail;
    return result;
}

/* A writer may be killed after any of these stores.  The slot's name must not be half old and half new
 * then: when it changes, its first word is cleared before anything else and set last, so that a slot
 * that was left in between is free. */
static void store_detail(struct shared_detail *to, const union content_words *from, bool renamed)
{
    uint64_t odd = load(&to->sequence) | 1;

    store(&to->sequence, odd);
    if (renamed)
        store(&to->word[0], 0);
    for (uint32_t i = 1; i < DETAIL_WORDS; i++)
        store(&to->word[i], from->word[i]);
    store(&to->word[0], from->word[0]);
    store(&to->sequence, odd + 1);
}

void health_table_write(
        struct health_table *table, uint32_t slot, const struct health_detail *detail)
{
    assert(table->writable);
    assert(slot < HEALTH_TABLE_SLOTS);

    struct shared_detail *to = &table->shared->detail[slot];
    union content_words old = load_content(to);
    union content_words new = encode(detail);
    bool renamed = memcmp(old.content.id, new.content.id, sizeof(new.content.id)) != 0;

    if (new.content.id[0] == '\0')
        put_word(table, slot, ~(uint64_t)0, 0);
    else if (slot >= health_table_used(table))
        store(&table->shared->header.used, (uint64_t)slot + 1);
    store_detail(to, &new, renamed);
    if (renamed || old.content.flags != new.content.flags)
        grow_generation(table);
}

static void mend(struct health_table *table)
{
    uint32_t used = health_table_used(table);

    for (uint32_t slot = 0; slot < used; slot++) {
        const struct shared_detail *torn = &table->shared->detail[slot];
        if (load(&torn->sequence) % 2 == 0)
            continue;
        union content_words words = load_content(torn);
        struct health_detail detail = decode(&words.content);
        snprintf(detail.reason, sizeof(detail.reason), "%s", MENDED_REASON);
        health_table_write(table, slot, &detail);
    }
}

int health_table_open(struct health_table **ret, int fd, enum health_access access)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);

    /* Before the first look at the memory: what can shrink under us kills us with SIGBUS. */
    if (seals == -1 && errno != EINVAL)
        return -errno;
    if (seals == -1 || (seals & F_SEAL_SHRINK) == 0)
        return -EPERM;
    if (fstat(fd, &st) == -1)
        return -errno;
    if (st.st_size < (off_t)sizeof(struct shared))
        return ERR_TRUNCATED;

    struct health_table *table = map(fd, access);
    if (table == NULL)
        return -errno;
    if (!header_is_ours(&table->shared->header)) {
        health_table_close(table);
        return ERR_VERSION;
    }
    if (access == HEALTH_WRITE) {
        mend(table);
        note_unknown_changes(table);
    }
    *ret = table;
    return 0;
}

int health_table_copy_verdicts(const struct health_table *from, struct health_table **ret)
{
    struct health_table *copy;
    uint32_t used = health_table_used(from);
    int error = health_table_create(&copy);

    if (error != 0)
        return error;
    for (uint32_t slot = 0; slot < used; slot++)
        store(&copy->shared->verdict[slot], pack(health_table_get(from, slot)));
    store(&copy->shared->header.used, used);
    *ret = copy;
    return 0;
}

void health_table_close(struct health_table *table)
{
    if (table == NULL)
        return;
    munmap(table->shared, sizeof(struct shared));
    if (table->fd != -1)
        close(table->fd);
    free(table);
}

int health_table_export(const struct health_table *table, enum health_access access)
{
    assert(table->fd != -1);
    char path[64];

    /* A duplicate would share our rights; opening it anew leaves out the right to write. */
    snprintf(path, sizeof(path), "/proc/self/fd/%d", table->fd);
    int fd = open(path, (access == HEALTH_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    return fd >= 0 ? fd : -errno;
}
