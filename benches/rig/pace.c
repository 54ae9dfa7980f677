/* Asks a DNS server at a given rate, whether it keeps up or not, and tells how each query fared.
 *
 *     cc -O2 -o pace pace.c && ./pace PORT RATE SECONDS QUERIES [FIRST]
 *
 * dnsperf needs about as much processor time for a query as a fast server does, so with a core each it cannot overload
 * one. This sends and takes datagrams in batches, and neither prints nor allocates meanwhile. QUERIES has a name and a
 * type on each line; only the name is used, and an address (A) is asked for. FIRST is the line to begin with, from 0;
 * after the last one comes the first.
 *
 * A query that is not answered within TIMEOUT is lost. What is printed at the end is JSON: queries sent, seconds, lost,
 * answers by response code, latencies in microseconds, how late the generator itself was at most, and for each second
 * in which queries were sent how many, and how many of those were answered well (NOERROR, NXDOMAIN).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum {
    SOCKETS = 16, /* as many clients; the kernel spreads them over a server's sockets */
    BATCH = 32,
    IDS = 65536,
    QUERY = 12 + 255 + 4 + 11, /* header, name, type and class, EDNS */
    ANSWER = 1500,
    SOCKET_BUFFER = 4 << 20,
    RCODES = 16,
    LONGEST = 7200 /* seconds */
};
static const uint64_t SECOND = 1000000000, TICK = 100000, TIMEOUT = 2000000000;

struct query {
    uint16_t length;
    unsigned char octets[QUERY];
};

/* A client, with the time at which each of its queries was sent; 0 where none waits. */
struct client {
    int socket;
    uint16_t next;
    uint64_t sent[IDS];
};

static struct query *queries;
static size_t known, line; /* queries that there are, and which comes next */
static struct client clients[SOCKETS];
static struct pollfd waits[SOCKETS];
static uint64_t begun, sent, answered, lost, lag, rcodes[RCODES], sent_in[LONGEST], good_in[LONGEST];
static uint32_t *latencies; /* of answered queries, in microseconds */
static size_t room;
static volatile sig_atomic_t stopped;

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * SECOND + time.tv_nsec;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

/* Makes a query of a name in text; 0 if it is no name. */
static int encode(const char *name, struct query *query)
{
    static const unsigned char head[12] = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1};
    static const unsigned char tail[] = {0, 0, 1, 0, 1, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0};
    unsigned char *at = query->octets;
    if (strlen(name) > 253)
        return 0;
    memcpy(at, head, sizeof head);
    at += sizeof head;
    for (;;) {
        size_t label = strcspn(name, ".");
        if (label < 1 || label > 63)
            return 0;
        *at++ = label;
        memcpy(at, name, label);
        at += label;
        name += label;
        if (!*name || !*++name)
            break;
    }
    memcpy(at, tail, sizeof tail);
    query->length = at + sizeof tail - query->octets;
    return 1;
}

static void read_queries(const char *path)
{
    char text[512];
    FILE *file = fopen(path, "r");
    size_t space = 0;
    if (!file)
        fail(path);
    while (fgets(text, sizeof text, file)) {
        if (known == space) {
            space = space ? space * 2 : 65536;
            queries = realloc(queries, space * sizeof *queries);
            if (!queries)
                fail("memory");
        }
        text[strcspn(text, " \t\r\n")] = 0;
        known += encode(text, &queries[known]);
    }
    fclose(file);
    if (!known) {
        fprintf(stderr, "pace: no queries in %s\n", path);
        exit(1);
    }
}

static void open_clients(int port)
{
    struct sockaddr_in server = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int buffer = SOCKET_BUFFER;
    for (int i = 0; i < SOCKETS; i++) {
        int s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        setsockopt(s, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
        if (s < 0 || connect(s, (struct sockaddr *)&server, sizeof server))
            fail("socket");
        clients[i].socket = s;
        waits[i] = (struct pollfd){.fd = s, .events = POLLIN};
    }
}

/* The query that waited under this number is over. */
static void end_query(struct client *client, uint16_t id, uint64_t time, int rcode)
{
    uint64_t at = client->sent[id];
    if (!at)
        return;
    client->sent[id] = 0;
    if (rcode < 0 || time - at > TIMEOUT) {
        lost++;
        return;
    }
    rcodes[rcode]++;
    if (rcode == 0 || rcode == 3)
        good_in[(at - begun) / SECOND]++;
    if (answered < room)
        latencies[answered] = (time - at) / 1000;
    answered++;
}

static void receive(struct client *client)
{
    static unsigned char octets[BATCH][ANSWER];
    static struct iovec parts[BATCH];
    static struct mmsghdr messages[BATCH];
    int taken;
    do {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){.iov_base = octets[i], .iov_len = ANSWER};
            messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
        }
        taken = recvmmsg(client->socket, messages, BATCH, MSG_DONTWAIT, NULL);
        uint64_t time = now();
        for (int i = 0; i < taken; i++)
            if (messages[i].msg_len >= 12)
                end_query(client, octets[i][0] << 8 | octets[i][1], time, octets[i][3] & 15);
    } while (taken == BATCH);
}

static void send_batch(struct client *client, int count)
{
    static struct query copies[BATCH];
    static struct iovec parts[BATCH];
    static struct mmsghdr messages[BATCH];
    uint64_t time = now();
    uint16_t first = client->next;
    for (int i = 0; i < count; i++) {
        struct query *from = &queries[line++ % known];
        uint16_t id = client->next++;
        memcpy(copies[i].octets, from->octets, from->length);
        copies[i].octets[0] = id >> 8;
        copies[i].octets[1] = id;
        parts[i] = (struct iovec){.iov_base = copies[i].octets, .iov_len = from->length};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
        end_query(client, id, time, -1); /* one that still waits after so many others is lost */
        client->sent[id] = time;
    }
    /* Answers are taken on this thread, so none is missed before its time stands there. A query that cannot be sent is
     * one that a full queue of this machine dropped: it counts as lost. */
    int done = sendmmsg(client->socket, messages, count, 0);
    for (int i = done < 0 ? 0 : done; i < count; i++)
        end_query(client, first + i, time, -1);
    sent += count;
    sent_in[(time - begun) / SECOND] += count;
}

static int any_waits(void)
{
    return sent > answered + lost;
}

static void run(uint64_t rate, uint64_t duration)
{
    int turn = 0;
    uint64_t time = begun = now(), end = begun + duration, last;
    while (time < end && !stopped) {
        uint64_t due = (double)(time - begun) * rate / SECOND;
        if (due > sent) {
            uint64_t late = (due - sent) * SECOND / rate;
            if (late > lag)
                lag = late;
        }
        /* Answers are taken between the batches, or catching up would drop them. */
        for (int batches = 0; due > sent && batches < SOCKETS; batches++) {
            send_batch(&clients[turn], due - sent < BATCH ? due - sent : BATCH);
            turn = (turn + 1) % SOCKETS;
        }
        struct timespec tick = {.tv_nsec = due > sent ? 0 : TICK};
        if (ppoll(waits, SOCKETS, &tick, NULL) > 0)
            for (int i = 0; i < SOCKETS; i++)
                if (waits[i].revents)
                    receive(&clients[i]);
        time = now();
    }
    duration = time - begun;
    for (last = time; any_waits() && time - last < TIMEOUT; time = now())
        if (poll(waits, SOCKETS, 10) > 0)
            for (int i = 0; i < SOCKETS; i++)
                if (waits[i].revents)
                    receive(&clients[i]);
    lost = sent - answered;
    printf("{\"sent\": %lu, \"seconds\": %.6f, \"lost\": %lu, \"lag_us\": %lu",
           sent, (double)duration / SECOND, lost, lag / 1000);
}

static int ascending(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

static void report(uint64_t seconds)
{
    static const double shares[] = {0.5, 0.99, 0.999, 1};
    size_t count = answered < room ? answered : room;
    printf(", \"rcodes\": {");
    for (int i = 0, first = 1; i < RCODES; i++)
        if (rcodes[i]) {
            printf("%s\"%d\": %lu", first ? "" : ", ", i, rcodes[i]);
            first = 0;
        }
    printf("}, \"latencies_us\": [");
    qsort(latencies, count, sizeof *latencies, ascending);
    for (int i = 0; i < 4 && count; i++)
        printf("%s%u", i ? ", " : "", latencies[(size_t)((count - 1) * shares[i])]);
    printf("], \"timeline\": [");
    for (uint64_t i = 0; i < seconds; i++)
        printf("%s[%lu, %lu]", i ? ", " : "", sent_in[i], good_in[i]);
    puts("]}");
}

int main(int count, char **arguments)
{
    if (count != 5 && count != 6) {
        fputs("usage: pace PORT RATE SECONDS QUERIES [FIRST]\n", stderr);
        return 2;
    }
    uint64_t rate = atol(arguments[2]), seconds = atol(arguments[3]);
    if (rate < 1 || seconds < 1 || seconds >= LONGEST) {
        fprintf(stderr, "pace: a rate of 1 or more, and 1 to %d seconds\n", LONGEST - 1);
        return 2;
    }
    /* Before whatever else is on its core, where root asks: what it is late by counts as the server's. */
    (void)setpriority(PRIO_PROCESS, 0, -20);
    read_queries(arguments[4]);
    line = count == 6 ? strtoul(arguments[5], NULL, 10) : 0;
    room = rate * (seconds + 1);
    latencies = calloc(room, sizeof *latencies);
    if (!latencies)
        fail("memory");
    memset(latencies, 1, room * sizeof *latencies); /* the pages are there before they are needed */
    open_clients(atoi(arguments[1]));
    prctl(PR_SET_TIMERSLACK, 1000);
    signal(SIGINT, stop);
    run(rate, seconds * SECOND);
    report(seconds);
}
