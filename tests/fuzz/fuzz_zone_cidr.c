/* cidr_load_text() on any text: a collection whose blocks are in a location, or faults. */
#include <stdlib.h>

#include "zone/cidr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cidr *cidr = NULL;
    struct diag *diag = diag_new();

    if (cidr_load_text("fuzz", (const char *)data, size, &cidr, diag) == 0) {
        for (uint32_t i = 0; i < 256; i++) {
            struct client client = {.family = i % 2 == 0 ? CLIENT_IPV4 : CLIENT_IPV6};
            struct prefix_match match;
            client.address[0] = (uint8_t)i;
            client.bits = 8;
            prefix_map_find(cidr->map, &client, &match);
            if (match.value != PREFIX_NONE && match.value >= intern_count(cidr->locations))
                abort();
        }
        cidr_free(cidr);
    } else if (diag_errors(diag) == 0 || cidr != NULL) {
        abort();
    }
    diag_free(diag);
    return 0;
}
