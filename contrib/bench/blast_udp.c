/* blast_udp.c -- queries over UDP, in batches, with a window for each socket.
 *
 * An id is a place in the window and, in its upper byte, how often that place was used, so that an answer which comes
 * after it was given up is not taken for another.  Places are given up when the plan's patience is over.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "blast.h"
#include "blast_batch.h"

#define SWEEPS       5U           /* in that time, to look for those */
#define LINGER_NS    200000000ULL /* after the end, for what is under way */
#define PLACE(id)    ((unsigned)(id) & (BLAST_WINDOW - 1))
#define NEXT_USE(id) ((uint16_t)((unsigned)(id) + BLAST_WINDOW))

/* A socket and its window. */
struct lane {
    int fd;
    unsigned outstanding;
    uint16_t ids[BLAST_WINDOW];
    uint64_t sent_ns[BLAST_WINDOW]; /* 0: nothing is under way */
};

static void open_lane(struct lane *lane, uint16_t port, unsigned place)
{
    lane->fd = blast_batch_socket(port, place);
    for (unsigned i = 0; i < BLAST_WINDOW; i++)
        lane->ids[i] = (uint16_t)i;
}

static void take_answer(struct blast *blast, struct lane *lane, const uint8_t *bytes, size_t length)
{
    int id = blast_answer_id(bytes, length);
    if (id < 0 || lane->ids[PLACE(id)] != id || lane->sent_ns[PLACE(id)] == 0)
        return;
    lane->sent_ns[PLACE(id)] = 0;
    lane->ids[PLACE(id)] = NEXT_USE(id);
    lane->outstanding--;
    blast_count_answer(blast, bytes, length);
}

static void receive(struct blast *blast, struct lane *lane, struct blast_batch *batch)
{
    unsigned count;
    do {
        count = blast_batch_receive(batch, lane->fd);
        for (unsigned i = 0; i < count; i++)
            take_answer(blast, lane, batch->bytes[i], batch->datagrams[i].msg_len);
    } while (count == BLAST_BATCH);
}

/* Asks anew in each free place of the window. */
static void fill(struct blast *blast, struct lane *lane, struct blast_batch *batch, uint64_t now_ns)
{
    unsigned count = 0;
    if (lane->outstanding == blast->plan.window)
        return;
    for (unsigned place = 0; place < blast->plan.window; place++) {
        if (lane->sent_ns[place] != 0)
            continue;
        lane->sent_ns[place] = now_ns;
        lane->outstanding++;
        batch->parts[count].iov_len =
                blast_write_query(blast, lane->ids[place], batch->bytes[count]);
        if (++count == BLAST_BATCH) {
            blast_batch_send(batch, lane->fd, count);
            count = 0;
        }
    }
    blast_batch_send(batch, lane->fd, count);
}

static void give_up_old(struct blast *blast, struct lane *lane, uint64_t now_ns)
{
    for (unsigned place = 0; place < blast->plan.window; place++) {
        if (lane->sent_ns[place] == 0 ||
                lane->sent_ns[place] + blast->plan.patience_ms * 1000000ULL > now_ns)
            continue;
        lane->sent_ns[place] = 0;
        lane->ids[place] = NEXT_USE(lane->ids[place]);
        lane->outstanding--;
        blast->lost++;
    }
}

/* One look at every socket; returns how many queries are under way. */
static unsigned turn(
        struct blast *blast, struct lane *lanes, struct blast_batch *batch, uint64_t now_ns)
{
    unsigned outstanding = 0;
    for (unsigned i = 0; i < blast->plan.sockets; i++) {
        receive(blast, &lanes[i], batch);
        if (now_ns < blast->end_ns)
            fill(blast, &lanes[i], batch, now_ns);
        outstanding += lanes[i].outstanding;
    }
    return outstanding;
}

void blast_run_udp(struct blast *blast)
{
    struct lane *lanes = mem_zalloc(blast->plan.sockets, sizeof(*lanes));
    struct blast_batch *batch = blast_batch_new();
    const uint64_t pause_ns = blast->plan.patience_ms * 1000000ULL / SWEEPS;
    uint64_t now_ns = blast_now_ns(), sweep_ns = now_ns + pause_ns;
    for (unsigned i = 0; i < blast->plan.sockets; i++)
        open_lane(&lanes[i], blast->plan.port, blast->plan.apart ? i : 0);
    while (turn(blast, lanes, batch, now_ns) > 0 && now_ns < blast->end_ns + LINGER_NS) {
        now_ns = blast_now_ns();
        if (now_ns < sweep_ns)
            continue;
        sweep_ns = now_ns + pause_ns;
        for (unsigned i = 0; i < blast->plan.sockets; i++)
            give_up_old(blast, &lanes[i], now_ns);
    }
    for (unsigned i = 0; i < blast->plan.sockets; i++) {
        blast->lost += lanes[i].outstanding;
        close(lanes[i].fd);
    }
    free(batch);
    free(lanes);
}
