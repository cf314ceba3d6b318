/* blast.h -- what the parts of the load generator share: what is to be asked, and what came of it.
 *
 * A run belongs to one thread.  It never sleeps while it waits for answers: a server that had to wake its clients would
 * pay for that, and a slow one more often.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rand.h"

#define BLAST_SOCKETS     256U /* at most */
#define BLAST_WINDOW      256U /* at most, of one socket */
#define BLAST_QUERY_BYTES 64U  /* at most */
#define BLAST_RCODES      16U

enum blast_transport {
    BLAST_UDP,
    BLAST_TCP_MANY, /* connections stay, with several queries under way on each */
    BLAST_TCP_ONE,  /* a connection for each query */
};

struct blast_plan {
    enum blast_transport transport;
    uint16_t port; /* on 127.0.0.1 */
    bool edns;
    uint32_t names;            /* that exist: w0.example.com and on */
    uint32_t first;            /* number that is asked for */
    bool apart;                /* over UDP with a window: each socket asks from another network */
    uint32_t nxdomain_percent; /* of queries are for names that do not */
    uint32_t sockets, window;  /* at most so many outstanding queries on each socket */
    uint32_t rate;             /* over UDP: so many queries a second and no window; 0: a window */
    uint32_t patience_ms;      /* over UDP with a window: until a query is given up */
    uint64_t seed;
    double seconds;
};

struct blast {
    struct blast_plan plan;
    struct rand rand;
    uint64_t start_ns, end_ns; /* nothing is sent after the end */
    uint64_t sent, answered, lost, connections, failures;
    uint64_t answer_bytes;
    uint64_t rcodes[BLAST_RCODES];
    uint32_t *late_ns; /* at a rate: how long each answer took; owned */
    size_t late_room;
};

/* Time of the monotonic clock. */
uint64_t blast_now_ns(void);

/* Writes the next query with this id into the BLAST_QUERY_BYTES at `ret`; returns its length and counts it as sent. */
size_t blast_write_query(struct blast *blast, uint16_t id, uint8_t *ret);

/* The id of an answer, or -1 if these bytes are none; those that are none are not counted. */
int blast_answer_id(const uint8_t *bytes, size_t length);

/* Counts an answer to one of our queries. */
void blast_count_answer(struct blast *blast, const uint8_t *bytes, size_t length);

/* Asks until the end over UDP, and a moment longer for what is still under way. */
void blast_run_udp(struct blast *blast);

/* The same at the plan's rate; fills late_ns with as many times as there are answers. */
void blast_run_rate(struct blast *blast);

/* The same over connections.  Those that break are counted as failures and made anew. */
void blast_run_tcp(struct blast *blast);

/* Ends the program with a message if `result`, which comes from a system call, is negative; returns it otherwise. */
int blast_must(int result, const char *what);
