/* probe_http_multi.c -- see probe_http_multi.h. */
#include "check/probe_http_multi.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"

struct multi {
    CURLM *curl;
    uv_loop_t *loop;
    uv_timer_t timer;
    const struct multi_events *events;
};

/* One socket the loop waits for; libcurl keeps the pointer to it (curl_multi_assign). */
struct watch {
    uv_poll_t poll;
    struct multi *multi;
    curl_socket_t socket;
    int wanted; /* UV_READABLE, UV_WRITABLE */
};

static void on_poll(uv_poll_t *poll, int status, int events);

/* Hands finished transfers to their owners, who may start others. */
static void collect(struct multi *multi)
{
    const CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(multi->curl, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        /* The message is gone once the handle is taken out. */
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;
        char *owner = NULL;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
        multi_remove(multi, easy);
        multi->events->done(owner, (int)code);
    }
}

static void act(struct multi *multi, curl_socket_t socket, int events)
{
    int running;
    CURLMcode code = curl_multi_socket_action(multi->curl, socket, events, &running);
    assert(code == CURLM_OK || code == CURLM_BAD_SOCKET);
    collect(multi);
}

static void on_timer(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *curl, long timeout_ms, void *context)
{
    struct multi *multi = context;
    (void)curl;
    if (timeout_ms < 0)
        uv_timer_stop(&multi->timer);
    else
        uv_timer_start(&multi->timer, on_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct multi *multi = watch->multi;
    int bits = 0;

    if (status == 0 && (events & UV_READABLE) != 0)
        bits |= CURL_CSELECT_IN;
    if (status == 0 && (events & UV_WRITABLE) != 0)
        bits |= CURL_CSELECT_OUT;
    /* An error on the socket ends libuv's waiting.  There may still be bytes to read before it, so
     * libcurl is not told of an error but asked to look (no bits), and the waiting goes on for what
     * it leaves over. */
    if (status < 0)
        uv_poll_start(poll, watch->wanted, on_poll);
    act(multi, watch->socket, bits);
}

static void on_watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static struct watch *watch_new(struct multi *multi, curl_socket_t socket, int *error)
{
    struct watch *watch = mem_zalloc(1, sizeof(*watch));
    *error = uv_poll_init_socket(multi->loop, &watch->poll, socket);
    if (*error != 0) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    watch->multi = multi;
    watch->socket = socket;
    curl_multi_assign(multi->curl, socket, watch);
    return watch;
}

static void watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    curl_multi_assign(watch->multi->curl, watch->socket, NULL);
    uv_close((uv_handle_t *)&watch->poll, on_watch_closed); /* forgets the descriptor at once */
}

/* Reporting an error to libcurl would end every transfer of the multi handle, so the owner of this
 * one is told instead. */
static int set_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *known)
{
    struct multi *multi = context;
    struct watch *watch = known;
    char *owner = NULL;
    int error = 0;

    if (what == CURL_POLL_REMOVE) {
        watch_free(watch);
        return 0;
    }
    if (watch == NULL)
        watch = watch_new(multi, socket, &error);
    if (watch != NULL) {
        watch->wanted = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
                        ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
        error = uv_poll_start(&watch->poll, watch->wanted, on_poll);
    }
    if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner) == CURLE_OK && owner != NULL)
        multi->events->waiting(owner, error);
    return 0;
}

int multi_new(struct multi **ret, uv_loop_t *loop, const struct multi_events *events)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return -ENOMEM;
    CURLM *curl = curl_multi_init();
    if (curl == NULL) {
        curl_global_cleanup();
        return -EMFILE; /* it opens a socket pair, which is what can fail */
    }
    struct multi *multi = mem_zalloc(1, sizeof(*multi));
    multi->curl = curl;
    multi->loop = loop;
    multi->events = events;
    int error = uv_timer_init(loop, &multi->timer);
    assert(error == 0); /* it cannot fail */
    multi->timer.data = multi;
    curl_multi_setopt(curl, CURLMOPT_SOCKETFUNCTION, set_socket);
    curl_multi_setopt(curl, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(curl, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(curl, CURLMOPT_TIMERDATA, multi);
    *ret = multi;
    return 0;
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void multi_free(struct multi *multi)
{
    if (multi == NULL)
        return;
    curl_multi_cleanup(multi->curl);
    curl_global_cleanup();
    uv_close((uv_handle_t *)&multi->timer, on_timer_closed);
}

int multi_add(struct multi *multi, void *easy)
{
    return curl_multi_add_handle(multi->curl, easy) == CURLM_OK ? 0 : -ENOMEM;
}

void multi_remove(struct multi *multi, void *easy)
{
    CURLMcode code = curl_multi_remove_handle(multi->curl, easy);
    assert(code == CURLM_OK);
}
