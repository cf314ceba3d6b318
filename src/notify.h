/* notify.h -- tells the service manager what we are doing: the sd_notify(3) protocol, one datagram to
 * the socket named by $NOTIFY_SOCKET.
 */
#pragma once

#include "base/attr.h"

/* Sends `text`, such as "READY=1", to the socket `path`; "@name" is in the abstract namespace.
 *
 * Returns 0, also if path is NULL (nobody wants to know), or -errno. */
MUST_CHECK int notify_send(const char *path, const char *text);
