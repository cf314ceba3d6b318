/* chaos.h -- what the server says of itself: TXT records of class CHAOS (RFC 4892 section 2).  Pure. */
#pragma once

#include "dns/message.h"
#include "serve/response.h"

/* Answers a question of class CH out of the context's texts: version.bind and version.server,
 * id.server and hostname.bind.  REFUSED for everything else, and for a text the operator did not give. */
void chaos_answer(const struct message_question *question, struct response *response);
