/* resolve.c -- see resolve.h. */
#include "check/resolve.h"

#include <netdb.h>
#include <stdlib.h>

#include "base/mem.h"

struct resolve {
    uv_getaddrinfo_t request;
    resolve_handler *handler; /* NULL once it was cancelled */
    void *context;
};

static size_t collect(const struct addrinfo *found, struct in_addr *ret)
{
    size_t count = 0;
    for (; found != NULL && count < RESOLVE_ADDRESSES_MAX; found = found->ai_next)
        if (found->ai_family == AF_INET)
            ret[count++] = ((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_addr;
    return count;
}

static void on_found(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
    struct resolve *resolve = request->data;
    struct in_addr addresses[RESOLVE_ADDRESSES_MAX];
    size_t count = collect(found, addresses);

    if (status == 0 && count == 0)
        status = UV_EAI_NODATA;
    if (resolve->handler != NULL)
        resolve->handler(resolve->context, status, addresses, count);
    uv_freeaddrinfo(found);
    free(resolve);
}

int resolve_start(struct resolve **ret, uv_loop_t *loop, const char *name, resolve_handler *handler,
        void *context)
{
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct resolve *resolve = mem_zalloc(1, sizeof(*resolve));

    resolve->request.data = resolve;
    resolve->handler = handler;
    resolve->context = context;
    int error = uv_getaddrinfo(loop, &resolve->request, on_found, name, NULL, &hints);
    if (error != 0) {
        free(resolve);
        return error;
    }
    *ret = resolve;
    return 0;
}

void resolve_cancel(struct resolve *resolve)
{
    if (resolve == NULL)
        return;
    resolve->handler = NULL;
    /* Succeeds only while the lookup waits for a thread; either way on_found() comes and frees. */
    (void)uv_cancel((uv_req_t *)&resolve->request);
}
