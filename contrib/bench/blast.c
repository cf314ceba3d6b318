/* blast.c -- a load generator: asks a name server on this host as fast as it answers, and tells what came back as JSON.
 *
 *   bench_blast PORT [OPTION]...    --seconds S (5), --names N (100000), --edns, --nxdomain PERCENT (0), --seed N (1),
 *                                   --tcp many|one, --sockets N (8) and --window N (24): outstanding queries on each,
 *                                   --rate N: over UDP so many a second, answered or not, and how late answers were,
 *                                   --patience MS (500): until one is given up over UDP, with a window,
 *                                   --first N (0): of the names, --apart: each socket over UDP has an address of its own
 *   bench_blast --smoke             asks an echo of its own for a moment, in each of these ways
 *
 * It asks for the addresses of w0.example.com to wN-1.example.com in an order drawn from the seed, and of
 * x0.example.com and on for names that do not exist.  The window of all sockets should be less than what waits in that
 * of a server (some 270 small datagrams with the kernel's own setting), or the kernel drops queries unseen.
 */
#include "blast.h"

#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"

#define NAMES_MAX    100000000U
#define SECONDS_MAX  3600
#define RATE_MAX     10000000U
#define PATIENCE_MAX 60000U
#define HEADER_BYTES 12U
#define BYTES_MAX    65536U

static const struct blast_plan plan_first = {
        .names = 100000, .sockets = 8, .window = 24, .patience_ms = 500, .seed = 1, .seconds = 5};

int blast_must(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(EXIT_FAILURE);
    }
    return result;
}

uint64_t blast_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* ---- queries and answers ---- */

/* The label of a letter and a number; returns its length with the byte that tells it. */
static size_t write_label(char letter, uint32_t number, uint8_t *ret)
{
    uint8_t digits[10];
    size_t count = 0;
    do {
        digits[count++] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    ret[0] = (uint8_t)(1 + count);
    ret[1] = (uint8_t)letter;
    for (size_t i = 0; i < count; i++)
        ret[2 + i] = digits[count - 1 - i];
    return 2 + count;
}

size_t blast_write_query(struct blast *blast, uint16_t id, uint8_t *ret)
{
    static const uint8_t rest[] = "\7example\3com\0\0\1\0"; /* the last byte is the string's own */
    static const uint8_t opt[] = {0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0}; /* RFC 6891, 1232 bytes */
    const struct blast_plan *plan = &blast->plan;
    const bool exists =
            plan->nxdomain_percent == 0 || rand_below(&blast->rand, 100) >= plan->nxdomain_percent;
    const uint8_t header[HEADER_BYTES] = {
            (uint8_t)(id >> 8), (uint8_t)id, 0, 0, 0, 1, 0, 0, 0, 0, 0, plan->edns};
    size_t length = sizeof(header);
    memcpy(ret, header, sizeof(header));
    uint32_t drawn = plan->first + rand_below(&blast->rand, plan->names - plan->first);
    length += write_label(exists ? 'w' : 'x', drawn, ret + length);
    memcpy(ret + length, rest, sizeof(rest));
    length += sizeof(rest);
    ret[length - 1] = 1; /* IN */
    if (plan->edns) {
        memcpy(ret + length, opt, sizeof(opt));
        length += sizeof(opt);
    }
    blast->sent++;
    return length;
}

int blast_answer_id(const uint8_t *bytes, size_t length)
{
    return length < HEADER_BYTES || (bytes[2] & 0x80) == 0 ? -1 : bytes[0] << 8 | bytes[1];
}

void blast_count_answer(struct blast *blast, const uint8_t *bytes, size_t length)
{
    blast->answered++;
    blast->answer_bytes += length;
    blast->rcodes[bytes[3] & (BLAST_RCODES - 1)]++;
}

static void run(struct blast *blast, const struct blast_plan *plan)
{
    *blast = (struct blast){.plan = *plan, .rand = rand_from_seed(plan->seed)};
    blast->start_ns = blast_now_ns();
    blast->end_ns = blast->start_ns + (uint64_t)(plan->seconds * 1e9);
    if (plan->transport != BLAST_UDP)
        blast_run_tcp(blast);
    else if (plan->rate > 0)
        blast_run_rate(blast);
    else
        blast_run_udp(blast);
}

static int by_time(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

/* How late answers were, in microseconds. */
static void report_late(const struct blast *blast)
{
    static const struct {
        const char *name;
        uint64_t per_mille;
    } rows[] = {
            {"p50",  500 },
            {"p99",  990 },
            {"p999", 999 },
            {"most", 1000}
    };
    const char *comma = "";
    if (blast->answered == 0)
        return;
    qsort(blast->late_ns, blast->answered, sizeof(*blast->late_ns), by_time);
    printf("\"late_us\": {");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t at = (blast->answered - 1) * rows[i].per_mille / 1000;
        printf("%s\"%s\": %.1f", comma, rows[i].name, (double)blast->late_ns[at] / 1e3);
        comma = ", ";
    }
    printf("}, ");
}

static void report(const struct blast *blast)
{
    const char *comma = "";
    printf("{");
    if (blast->late_ns != NULL)
        report_late(blast);
    printf("\"seconds\": %.6f, \"sent\": %llu, \"answered\": %llu, \"lost\": %llu, ",
            (double)(blast->end_ns - blast->start_ns) / 1e9, (unsigned long long)blast->sent,
            (unsigned long long)blast->answered, (unsigned long long)blast->lost);
    printf("\"connections\": %llu, \"failures\": %llu, \"answer_bytes\": %.2f, \"rcodes\": {",
            (unsigned long long)blast->connections, (unsigned long long)blast->failures,
            blast->answered > 0 ? (double)blast->answer_bytes / (double)blast->answered : 0);
    for (unsigned i = 0; i < BLAST_RCODES; i++) {
        if (blast->rcodes[i] == 0)
            continue;
        printf("%s\"%u\": %llu", comma, i, (unsigned long long)blast->rcodes[i]);
        comma = ", ";
    }
    puts("}}");
}

/* ---- the smoke ---- */

/* A socket on 127.0.0.1 and *port, which is chosen here if it is 0. */
static int listen_on(int kind, uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
            .sin_port = htons(*port),
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = blast_must(socket(AF_INET, kind, 0), "socket");
    blast_must(bind(fd, (struct sockaddr *)&address, length), "bind");
    blast_must(getsockname(fd, (struct sockaddr *)&address, &length), "getsockname");
    *port = ntohs(address.sin_port);
    return fd;
}

/* Marks each whole query in the stream as an answer and sends it back, until the client closes. */
static void echo_stream(int fd)
{
    uint8_t bytes[BYTES_MAX];
    while (recv(fd, bytes, 2, MSG_WAITALL) == 2) {
        const ssize_t length = bytes[0] << 8 | bytes[1];
        if (recv(fd, bytes + 2, (size_t)length, MSG_WAITALL) != length)
            break;
        bytes[4] |= 0x80;
        if (send(fd, bytes, (size_t)length + 2, MSG_NOSIGNAL) < 0)
            break;
    }
    close(fd);
}

/* A server for one client over one connection at a time. */
static void echo(int udp_fd, int listener)
{
    struct pollfd fds[] = {
            {.fd = udp_fd,   .events = POLLIN},
            {.fd = listener, .events = POLLIN}
    };
    struct sockaddr_in client;
    socklen_t client_length = sizeof(client);
    uint8_t bytes[BYTES_MAX];
    while (poll(fds, 2, -1) >= 0) {
        if (fds[1].revents != 0)
            echo_stream(blast_must(accept(listener, NULL, NULL), "accept"));
        if (fds[0].revents == 0)
            continue;
        ssize_t length = recvfrom(
                udp_fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&client, &client_length);
        bytes[2] |= 0x80;
        if (length > 0)
            (void)sendto(
                    udp_fd, bytes, (size_t)length, 0, (struct sockaddr *)&client, client_length);
    }
}

/* Every query comes back, with an echo for a server. */
static int smoke(void)
{
    static const struct {
        enum blast_transport transport;
        uint32_t window, rate;
    } ways[] = {
            {BLAST_UDP,      8, 0   },
            {BLAST_UDP,      8, 1000},
            {BLAST_TCP_MANY, 8, 0   },
            {BLAST_TCP_ONE,  1, 0   }
    };
    struct blast_plan plan = {.edns = true,
            .names = 1000,
            .nxdomain_percent = 10,
            .sockets = 1,
            .patience_ms = 500,
            .seconds = 0.2};
    int udp_fd = listen_on(SOCK_DGRAM, &plan.port), listener = listen_on(SOCK_STREAM, &plan.port);
    int result = EXIT_SUCCESS;
    blast_must(listen(listener, SOMAXCONN), "listen");
    pid_t child = blast_must(fork(), "fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        echo(udp_fd, listener);
        _exit(EXIT_FAILURE);
    }
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct blast blast;
        plan.transport = ways[i].transport;
        plan.window = ways[i].window;
        plan.rate = ways[i].rate;
        run(&blast, &plan);
        report(&blast);
        free(blast.late_ns);
        if (blast.answered == 0 || blast.failures > 0)
            result = EXIT_FAILURE;
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return result;
}

/* ---- options ---- */

static uint64_t number(const char *text, uint64_t min, uint64_t max)
{
    uint64_t value;
    if (str_parse_number(text, max, &value) != 0 || value < min) {
        fprintf(stderr, "bench_blast: %s is not from %llu to %llu\n", text, (unsigned long long)min,
                (unsigned long long)max);
        exit(EXIT_FAILURE);
    }
    return value;
}

static double parse_seconds(const char *text)
{
    char *end;
    double seconds = strtod(text, &end);
    if (*end != '\0' || !(seconds > 0 && seconds <= SECONDS_MAX)) {
        fprintf(stderr, "bench_blast: %s is not a number of seconds\n", text);
        exit(EXIT_FAILURE);
    }
    return seconds;
}

static void parse_transport(struct blast_plan *plan, const char *text)
{
    if (strcmp(text, "many") != 0 && strcmp(text, "one") != 0) {
        fprintf(stderr, "bench_blast: --tcp is many or one, not %s\n", text);
        exit(EXIT_FAILURE);
    }
    plan->transport = strcmp(text, "one") == 0 ? BLAST_TCP_ONE : BLAST_TCP_MANY;
}

/* Returns false if the command line is not to be understood. */
static bool parse(struct blast_plan *plan, int argc, char **argv)
{
    static const struct option options[] = {
            {"seconds",  required_argument, NULL, 's'},
            {"names",    required_argument, NULL, 'n'},
            {"nxdomain", required_argument, NULL, 'x'},
            {"edns",     no_argument,       NULL, 'e'},
            {"tcp",      required_argument, NULL, 't'},
            {"sockets",  required_argument, NULL, 'c'},
            {"window",   required_argument, NULL, 'w'},
            {"rate",     required_argument, NULL, 'q'},
            {"first",    required_argument, NULL, 'f'},
            {"patience", required_argument, NULL, 'p'},
            {"apart",    no_argument,       NULL, 'a'},
            {"seed",     required_argument, NULL, 'r'},
            {NULL,       0,                 NULL, 0  },
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 's':
            plan->seconds = parse_seconds(optarg);
            break;
        case 'n':
            plan->names = (uint32_t)number(optarg, 1, NAMES_MAX);
            break;
        case 'x':
            plan->nxdomain_percent = (uint32_t)number(optarg, 0, 100);
            break;
        case 'e':
            plan->edns = true;
            break;
        case 't':
            parse_transport(plan, optarg);
            break;
        case 'c':
            plan->sockets = (uint32_t)number(optarg, 1, BLAST_SOCKETS);
            break;
        case 'w':
            plan->window = (uint32_t)number(optarg, 1, BLAST_WINDOW);
            break;
        case 'q':
            plan->rate = (uint32_t)number(optarg, 1, RATE_MAX);
            break;
        case 'f':
            plan->first = (uint32_t)number(optarg, 0, NAMES_MAX - 1);
            break;
        case 'p':
            plan->patience_ms = (uint32_t)number(optarg, 1, PATIENCE_MAX);
            break;
        case 'a':
            plan->apart = true;
            break;
        case 'r':
            plan->seed = number(optarg, 0, UINT64_MAX);
            break;
        default:
            return false;
        }
    }
    if (optind + 1 != argc || plan->first >= plan->names)
        return false;
    plan->port = (uint16_t)number(argv[optind], 1, UINT16_MAX);
    if (plan->transport == BLAST_TCP_ONE)
        plan->window = 1;
    return true;
}

int main(int argc, char **argv)
{
    struct blast_plan plan = plan_first;
    struct blast blast;
    if (argc == 2 && strcmp(argv[1], "--smoke") == 0)
        return smoke();
    if (!parse(&plan, argc, argv)) {
        fputs("usage: bench_blast PORT [--seconds S] [--names N] [--edns] [--nxdomain PERCENT]\n"
              "                   [--tcp many|one] [--sockets N] [--window N | --rate N] [--seed "
              "N]\n"
              "                   [--patience MS] [--first N] [--apart]\n",
                stderr);
        return EXIT_FAILURE;
    }
    run(&blast, &plan);
    report(&blast);
    free(blast.late_ns);
    return blast.answered > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
