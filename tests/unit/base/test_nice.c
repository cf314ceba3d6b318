/* test_nice.c -- src/base/nice.c */
#include "test.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/nice.h"

static int own_nice(void)
{
    return getpriority(PRIO_PROCESS, (id_t)gettid());
}

static void *note_nice(void *context)
{
    *(int *)context = own_nice();
    return NULL;
}

/* What is noted: when it has stepped back, twice, and what a thread has that it starts then. */
static void *step_back(void *context)
{
    int *seen = context;
    pthread_t thread;

    nice_step_back();
    seen[0] = own_nice();
    nice_step_back();
    seen[1] = own_nice();
    assert_int_equal(pthread_create(&thread, NULL, note_nice, &seen[2]), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return NULL;
}

static void one_thread_steps_back(void **state)
{
    int seen[3];
    int before = own_nice();
    pthread_t thread;
    (void)state;

    int expected = before > NICE_BESIDE_ANSWERS ? before : NICE_BESIDE_ANSWERS;
    assert_int_equal(pthread_create(&thread, NULL, step_back, seen), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    for (size_t i = 0; i < COUNT(seen); i++)
        assert_int_equal(seen[i], expected);
    assert_int_equal(own_nice(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(one_thread_steps_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
