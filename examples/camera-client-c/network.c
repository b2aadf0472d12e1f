#define _POSIX_C_SOURCE 200809L

#include "network.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* The client gives a server up after as long. */
#define PATIENCE_S 10

static int connect_to(const char *server)
{
    char host[256], port[8];
    const char *colon = strrchr(server, ':');
    struct addrinfo hints, *found, *next;
    struct timeval patience;
    int connection = -1;
    size_t length = colon == NULL ? strlen(server) : (size_t)(colon - server);
    if (length >= sizeof host) {
        return -1;
    }
    memcpy(host, server, length);
    host[length] = '\0';
    (void)snprintf(port, sizeof port, "%d", HWL_PORT);
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host, colon == NULL ? port : colon + 1, &hints, &found) != 0) {
        return -1;
    }
    memset(&patience, 0, sizeof patience);
    patience.tv_sec = PATIENCE_S;
    for (next = found; next != NULL && connection < 0; next = next->ai_next) {
        connection = socket(next->ai_family, next->ai_socktype, next->ai_protocol);
        if (connection < 0) {
            continue;
        }
        (void)setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        (void)setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (connect(connection, next->ai_addr, next->ai_addrlen) != 0) {
            (void)close(connection);
            connection = -1;
        }
    }
    freeaddrinfo(found);
    return connection;
}

static int send_all(int connection, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(connection, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return 0;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
    return 1;
}

static int receive_all(int connection, uint8_t *bytes, size_t length)
{
    return length == 0 || recv(connection, bytes, length, MSG_WAITALL) == (ssize_t)length;
}

hwl_status network_ask(const char *server, const uint8_t *frame, size_t length, network_head read_head, uint8_t *body,
                       size_t capacity, size_t *out_length)
{
    uint8_t head[HWL_FRAME_HEAD_BYTES];
    hwl_status status = HWL_E_NOT_FOUND;
    int connection = connect_to(server);
    if (connection < 0) {
        return status;
    }
    if (send_all(connection, frame, length) && receive_all(connection, head, sizeof head)) {
        status = read_head(head, out_length);
        if (status == HWL_OK && *out_length > capacity) {
            status = HWL_E_FRAME_SIZE;
        } else if (status == HWL_OK && !receive_all(connection, body, *out_length)) {
            status = HWL_E_NOT_FOUND;
        }
    }
    (void)close(connection);
    return status;
}
