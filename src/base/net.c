/* net.c -- see net.h. */
#include "base/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"

/* Reads digits behind a ':' as a port. */
static int parse_port(const char *text, uint16_t *ret)
{
    uint64_t port;
    int error = str_parse_number(text, UINT16_MAX, &port);
    if (error != 0)
        return ERR_SYNTAX;
    *ret = (uint16_t)port;
    return 0;
}

/* Copies `length` bytes into a string of INET6_ADDRSTRLEN and reads it as an address of `family`. */
static int parse_host(int family, const char *text, size_t length, void *ret)
{
    char host[INET6_ADDRSTRLEN];
    if (length >= sizeof(host))
        return ERR_SYNTAX;
    memcpy(host, text, length);
    host[length] = '\0';
    return inet_pton(family, host, ret) == 1 ? 0 : ERR_SYNTAX;
}

static int parse_v6(const char *text, uint16_t port, union net_address *ret)
{
    union net_address address = {.v6 = {.sin6_family = AF_INET6}};
    const char *end = strchr(text, ']');
    if (end == NULL || (end[1] != '\0' && end[1] != ':'))
        return ERR_SYNTAX;
    int error = parse_host(AF_INET6, text + 1, (size_t)(end - text - 1), &address.v6.sin6_addr);
    if (error == 0 && end[1] == ':')
        error = parse_port(end + 2, &port);
    if (error != 0)
        return error;
    address.v6.sin6_port = htons(port);
    *ret = address;
    return 0;
}

int net_address_parse(const char *text, uint16_t default_port, union net_address *ret)
{
    /* Without brackets the last group of an IPv6 address could be meant as a port. */
    if (*text == '[')
        return parse_v6(text, default_port, ret);

    union net_address address = {.v4 = {.sin_family = AF_INET}};
    uint16_t port = default_port;
    size_t length = strcspn(text, ":");
    int error = parse_host(AF_INET, text, length, &address.v4.sin_addr);
    if (error == 0 && text[length] == ':')
        error = parse_port(text + length + 1, &port);
    if (error != 0)
        return error;
    address.v4.sin_port = htons(port);
    *ret = address;
    return 0;
}

const char *net_address_format(const union net_address *address, char ret[NET_TEXT_MAX])
{
    char host[NET_TEXT_MAX];
    net_address_format_host(address, host);
    if (address->any.sa_family == AF_INET6)
        snprintf(ret, NET_TEXT_MAX, "[%.45s]:%u", host, ntohs(address->v6.sin6_port));
    else
        snprintf(ret, NET_TEXT_MAX, "%.45s:%u", host, ntohs(address->v4.sin_port));
    return ret;
}

const char *net_address_format_host(const union net_address *address, char ret[NET_TEXT_MAX])
{
    const void *bytes = address->any.sa_family == AF_INET6 ? (const void *)&address->v6.sin6_addr
                                                           : (const void *)&address->v4.sin_addr;
    if (inet_ntop(address->any.sa_family, bytes, ret, NET_TEXT_MAX) == NULL)
        snprintf(ret, NET_TEXT_MAX, "?");
    return ret;
}

socklen_t net_address_size_bytes(const union net_address *address)
{
    return address->any.sa_family == AF_INET6 ? sizeof(address->v6) : sizeof(address->v4);
}

bool net_address_is_wildcard(const union net_address *address)
{
    if (address->any.sa_family == AF_INET6)
        return IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
    return address->v4.sin_addr.s_addr == htonl(INADDR_ANY);
}

static int set(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value)) == 0 ? 0 : -errno;
}

static int open_socket(const union net_address *address, int type, int *ret)
{
    int family = address->any.sa_family;
    int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -errno;
    int error = set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (error == 0 && family == AF_INET6)
        error = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (error != 0) {
        close(fd);
        return error;
    }
    *ret = fd;
    return 0;
}

int net_udp_set_receive(int fd, int bytes)
{
    return set(fd, SOL_SOCKET, SO_RCVBUF, bytes);
}

uint32_t net_udp_overflow(int fd)
{
    uint32_t told[SK_MEMINFO_VARS];
    socklen_t size = sizeof(told);
    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, told, &size) != 0 || size < sizeof(told))
        return 0;
    return told[SK_MEMINFO_DROPS];
}

/* IP_PMTUDISC_OMIT: neither believe path-MTU news, which anybody can forge, nor set DF. */
static int set_udp_options(int fd, const union net_address *address)
{
    bool v6 = address->any.sa_family == AF_INET6;
    int error = v6 ? set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT)
                   : set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
    if (error == 0 && net_address_is_wildcard(address))
        error = v6 ? set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                   : set(fd, IPPROTO_IP, IP_PKTINFO, 1);
    if (error == 0)
        error = net_udp_set_receive(fd, NET_UDP_RECEIVE_BYTES);
    return error;
}

static int bind_socket(int fd, const union net_address *address)
{
    return bind(fd, &address->any, net_address_size_bytes(address)) == 0 ? 0 : -errno;
}

int net_udp_open(const union net_address *address)
{
    int fd;
    int error = open_socket(address, SOCK_DGRAM, &fd);
    if (error != 0)
        return error;
    error = set_udp_options(fd, address);
    if (error == 0)
        error = bind_socket(fd, address);
    if (error != 0) {
        close(fd);
        return error;
    }
    return fd;
}

int net_tcp_listen(const union net_address *address)
{
    int fd;
    int error = open_socket(address, SOCK_STREAM, &fd);
    if (error != 0)
        return error;
    error = set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (error == 0)
        error = bind_socket(fd, address);
    if (error == 0 && listen(fd, NET_TCP_BACKLOG) != 0)
        error = -errno;
    if (error != 0) {
        close(fd);
        return error;
    }
    return fd;
}
