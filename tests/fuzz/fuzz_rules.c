/* fuzz_rules.c -- src/rules.c: any text of a safety rule. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1);
    struct rule rule;
    struct buf why;
    if (text == NULL)
        abort();
    memcpy(text, data, size);
    buf_init(&why, 8192);
    int error = rule_parse(text, &rule, &why);
    if ((error == 0) != (why.length == 0))
        abort();
    if (error == 0) {
        if (rule.name[0] == '\0' || rule.count == 0 || rule.at_least > rule.count)
            abort();
        rule_done(&rule);
    }
    buf_done(&why);
    free(text);
    return 0;
}
