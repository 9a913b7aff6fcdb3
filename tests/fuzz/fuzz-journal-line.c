/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Lines of logs.read: whatever they hold, in no format and with no option does a control character come out
 * on a terminal that is neither a newline nor a tab.
 */

#include "client/render/journal.h"
#include "common/escape.h"
#include "common/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool b) {
        if (!b)
                abort();
}

static void check_harmless(const char *text, size_t n) {
        for (size_t i = 0; i < n;) {
                uint32_t c;
                int k = utf8_decode(text + i, n - i, &c);

                check(k > 0 && (!codepoint_is_unsafe(c) || c == '\n' || c == '\t'));
                i += (size_t) k;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const Terminal terminal = { .tty = true, .utf8 = true, .columns = 40 };

        if (size < 2)
                return 0;
        for (JournalMode mode = 0; mode < _JOURNAL_MODE_MAX; mode++) {
                JournalPrinter p = JOURNAL_PRINTER_NULL;
                char *text = NULL;
                size_t n;

                p.f = open_memstream(&text, &n);
                check(p.f);
                p.terminal = &terminal;
                p.mode = mode;
                p.all = data[0] & 1;
                p.shorten = data[0] & 2;
                p.modern = data[0] & 4;
                p.truncate_newline = data[0] & 8;
                (void) journal_print_line(&p, (const char *) data + 1, size - 1);
                journal_printer_done(&p);
                check(fclose(p.f) == 0);
                check_harmless(text, n);
                free(text);
        }
        return 0;
}
