/* The least that an answer over UDP can cost: datagrams are taken in batches (recvmmsg), marked as answers, and sent
 * back in batches (sendmmsg). Nothing is read, looked up or written beside one bit, so what this takes is what the
 * kernel takes, and no server that sends an answer to each query can be below it.
 *
 *     cc -O2 -o floor floor.c && ./floor PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    BATCH = 64,               /* datagrams a call */
    OCTETS = 1500,            /* of one; queries are far shorter */
    RECEIVE_BUFFER = 4 << 20, /* as the servers that are compared have */
    FLAGS = 2,                /* the header's octet with QR */
    QR = 0x80
};

static int bound_socket(int port)
{
    int one = 1, buffer = RECEIVE_BUFFER;
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in here = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    setsockopt(s, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (s < 0 || bind(s, (struct sockaddr *)&here, sizeof here)) {
        perror("floor: no socket");
        exit(1);
    }
    return s;
}

int main(int count, char **arguments)
{
    static unsigned char octets[BATCH][OCTETS];
    static struct sockaddr_in clients[BATCH];
    struct iovec parts[BATCH];
    struct mmsghdr messages[BATCH];

    if (count != 2) {
        fputs("usage: floor PORT\n", stderr);
        return 2;
    }
    int s = bound_socket(atoi(arguments[1]));
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){.iov_base = octets[i], .iov_len = OCTETS};
            messages[i].msg_hdr = (struct msghdr){.msg_name = &clients[i],
                                                  .msg_namelen = sizeof clients[i],
                                                  .msg_iov = &parts[i],
                                                  .msg_iovlen = 1};
        }
        int taken = recvmmsg(s, messages, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < taken; i++) {
            octets[i][FLAGS] |= QR;
            parts[i].iov_len = messages[i].msg_len;
        }
        for (int sent = 0, step; sent < taken; sent += step) {
            step = sendmmsg(s, messages + sent, taken - sent, 0);
            if (step < 1)
                step = 1; /* one that cannot be sent is dropped */
        }
    }
}
