/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The options of prove, see prove.h. */

#include "client/options/prove.h"

#include "client/message.h"
#include "client/options/row.h"
#include "common/time-span.h"

int prove_set_timeout(const OptionRow *row, Options *o, const char *value) {
        uint64_t usec;

        if (time_span_parse(value, USEC_PER_SEC, &usec) >= 0 && usec > 0 && usec != TIME_SPAN_INFINITY) {
                o->prove.timeout_usec = usec;
                return 0;
        }
        message_error("--timeout= takes a time such as 30, 90s or 5min, not '%s'.", value);
        return -EINVAL;
}
