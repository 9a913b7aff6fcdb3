/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Times as people write them: whatever is typed, the result is a time that can be written or none, and the
 * zone of the process stays as it was.
 */

#include "client/time/timestamp.h"

#define NOW UINT64_C(1795442706789000)

/* The end of 9999-12-30. */
#define TIME_MAX UINT64_C(253402214399000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool b) {
        if (!b)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = strndup((const char *) data, size);
        uint64_t usec = 42;

        check(text);
        if (timestamp_parse(text, NOW, &usec) < 0)
                check(usec == 42);
        else
                /* Seconds behind an @ are not looked at twice, by systemd neither. */
                check(usec <= TIME_MAX || *text == '@');
        check(!getenv("TZ"));
        return 0;
}
