/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A request that passes can be written again and read again, and is the same then. One that does not leaves
 * an error of the two that there are, and nothing else.
 */

#include "common/json-write.h"
#include "common/limits.h"
#include "common/parameters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool b) {
        if (!b)
                abort();
}

static char *written(const Method *method, const Parameters *p, size_t *ret_length) {
        /* Escapes make a text longer. */
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(16U * REQUEST_SIZE_MAX);
        char *text;

        json_begin_object(&w);
        json_write_key_string(&w, "method", method->name);
        json_write_key(&w, "parameters");
        parameters_write(p, method, &w);
        json_end_object(&w);
        check(json_writer_finish(&w, &text, ret_length) == 0);
        return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(parameters_done) Parameters p = PARAMETERS_NULL, q = PARAMETERS_NULL;
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_free_ char *first = NULL, *second = NULL;
        const Method *method = NULL, *again = NULL;
        size_t n, m;

        if (request_parse((const char *) data, size, &method, &p, &error) < 0) {
                check(error.code == ERROR_INVALID_REQUEST || error.code == ERROR_NO_SUCH_METHOD);
                check(!method && !p.accounts && !p.units && !p.mode);
                return 0;
        }

        check(method && !error_is_set(&error));
        first = written(method, &p, &n);
        if (n > REQUEST_SIZE_MAX)
                return 0;
        check(request_parse(first, n, &again, &q, &error) == 0);
        check(again == method);
        second = written(again, &q, &m);
        check(n == m && memcmp(first, second, n) == 0);
        return 0;
}
