/* blast_rate.c -- queries over UDP at a fixed rate, whatever is answered: an open loop, as the clients of a server are.
 *
 * What is measured is the time from the sending of a query to its answer; what is not answered has none, and is lost.
 * Each socket has all ids for itself, one after the other, so that an id comes again only after 65536 queries of that socket.
 * A generator that has fallen behind its rate sends what is due, and so tells in `sent` how far it came.
 *
 * To ask more than a server answers on a processor like ours the kernel is given several queries as one piece, which it cuts
 * up in the end (UDP_SEGMENT); therefore all have one length.
 */
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "blast.h"
#include "blast_batch.h"

#define IDS       65536U
#define BURST     16U          /* queries in one call */
#define LINGER_NS 200000000ULL /* after the end, for what is under way */

struct lane {
    int fd;
    uint16_t next_id;
    int segment;           /* bytes of a query; 0: none was sent yet */
    uint64_t sent_ns[IDS]; /* 0: nothing is under way */
};

static void take_answer(struct blast *blast, struct lane *lane, const uint8_t *bytes, size_t length,
        uint64_t now_ns)
{
    int id = blast_answer_id(bytes, length);
    if (id < 0 || lane->sent_ns[id] == 0)
        return;
    blast->late_ns[blast->answered] = (uint32_t)(now_ns - lane->sent_ns[id]);
    lane->sent_ns[id] = 0;
    blast_count_answer(blast, bytes, length);
}

static void receive(struct blast *blast, struct lane *lane, struct blast_batch *batch)
{
    unsigned count;
    do {
        count = blast_batch_receive(batch, lane->fd);
        uint64_t now_ns = blast_now_ns();
        for (unsigned i = 0; i < count; i++)
            take_answer(blast, lane, batch->bytes[i], batch->datagrams[i].msg_len, now_ns);
    } while (count == BLAST_BATCH);
}

static void send_burst(
        struct blast *blast, struct lane *lane, struct blast_batch *batch, unsigned count)
{
    uint64_t now_ns = blast_now_ns();
    for (unsigned i = 0; i < count; i++) {
        uint16_t id = lane->next_id++;
        lane->sent_ns[id] = now_ns;
        batch->parts[i].iov_len = blast_write_query(blast, id, batch->bytes[i]);
    }
    if (lane->segment == 0) {
        lane->segment = (int)batch->parts[0].iov_len;
        blast_must(setsockopt(lane->fd, IPPROTO_UDP, UDP_SEGMENT, &lane->segment,
                           sizeof(lane->segment)),
                "UDP_SEGMENT");
    }
    const struct msghdr message = {.msg_iov = batch->parts, .msg_iovlen = count};
    (void)sendmsg(lane->fd, &message, 0); /* what the kernel does not take is lost */
}

/* How many queries the rate wants by now, less than those that there is room for. */
static uint64_t due(const struct blast *blast, uint64_t now_ns)
{
    double elapsed_s = (double)(now_ns - blast->start_ns) / 1e9;
    uint64_t wanted = (uint64_t)(elapsed_s * (double)blast->plan.rate);
    return wanted < blast->late_room ? wanted : blast->late_room;
}

void blast_run_rate(struct blast *blast)
{
    struct lane *lanes = mem_zalloc(blast->plan.sockets, sizeof(*lanes));
    struct blast_batch *batch = blast_batch_new();
    uint64_t now_ns = blast->start_ns;
    blast->late_room = (size_t)(blast->plan.seconds * (double)blast->plan.rate) + 1;
    blast->late_ns = mem_zalloc(blast->late_room, sizeof(*blast->late_ns));
    while (blast->plan.first * 10 < blast->plan.names)
        blast->plan.first = blast->plan.first > 0 ? blast->plan.first * 10 : 1;
    for (unsigned i = 0; i < blast->plan.sockets; i++)
        lanes[i].fd = blast_batch_socket(blast->plan.port, 0);
    for (unsigned turn = 0; now_ns < blast->end_ns + LINGER_NS; turn++) {
        struct lane *lane = &lanes[turn % blast->plan.sockets];
        uint64_t wanted = now_ns < blast->end_ns ? due(blast, now_ns) : blast->sent;
        uint64_t missing = wanted > blast->sent ? wanted - blast->sent : 0;
        if (missing > 0)
            send_burst(blast, lane, batch, missing < BURST ? (unsigned)missing : BURST);
        receive(blast, lane, batch);
        now_ns = blast_now_ns();
    }
    blast->lost = blast->sent - blast->answered;
    for (unsigned i = 0; i < blast->plan.sockets; i++)
        close(lanes[i].fd);
    free(batch);
    free(lanes);
}
