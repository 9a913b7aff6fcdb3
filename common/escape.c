/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Foreign bytes made safe to show, see the header.
 */

#include "common/escape.h"
#include "common/buffer.h"
#include "common/utf8.h"

static const char ellipsis[] = "\xE2\x80\xA6";

bool codepoint_is_unsafe(uint32_t c) {
        return c < 0x20 || (c >= 0x7F && c <= 0x9F) || /* C0, DEL, C1 */
                c == 0x061C ||                         /* Arabic letter mark */
                c == 0x200E || c == 0x200F ||          /* left-to-right and right-to-left mark */
                (c >= 0x2028 && c <= 0x202E) || /* line and paragraph separator, embeddings, overrides */
                (c >= 0x2066 && c <= 0x2069) || /* isolates */
                c == 0xFEFF ||                  /* byte order mark */
                (c >= 0xE0000 && c <= 0xE007F); /* tags: text that nobody sees */
}

/* How many bytes at the start of s make one piece of output, and that piece in buf, where it has to be
 * escaped; without anything to escape *ret_size is 0. */
static size_t escape_one(const char *s, size_t n, bool keep_lines, char buf[static 16], size_t *ret_size) {
        uint32_t c;
        int k;

        k = utf8_decode(s, n, &c);
        if (k < 0) {
                *ret_size = (size_t) snprintf(buf, 16, "\\x%02x", (unsigned) (unsigned char) *s);
                return 1;
        }

        if (!codepoint_is_unsafe(c) || (keep_lines && (c == '\n' || c == '\t')))
                *ret_size = 0;
        else if (c <= 0xFF)
                *ret_size = (size_t) snprintf(buf, 16, "\\x%02x", (unsigned) c);
        else if (c <= 0xFFFF)
                *ret_size = (size_t) snprintf(buf, 16, "\\u%04x", (unsigned) c);
        else
                *ret_size = (size_t) snprintf(buf, 16, "\\U%08x", (unsigned) c);
        return (size_t) k;
}

static char *escape(const char *s, size_t n, bool keep_lines, size_t max) {
        Buffer b = BUFFER_INIT(SIZE_MAX - 1);
        size_t i = 0, fits = 0;
        char *ret;
        int r = 0;

        while (i < n && b.size <= max) {
                char buf[16];
                size_t k, size;

                /* Where a cut would go: the last piece that leaves room for the ellipsis. */
                if (b.size + sizeof(ellipsis) - 1 <= max)
                        fits = b.size;

                k = escape_one(s + i, n - i, keep_lines, buf, &size);
                r = size > 0 ? buffer_append(&b, buf, size) : buffer_append(&b, s + i, k);
                if (r < 0)
                        break;
                i += k;
        }

        if (r == 0 && b.size > max) {
                b.size = fits;
                r = buffer_append(&b, ellipsis, sizeof(ellipsis) - 1);
        }
        if (r == 0)
                r = buffer_steal(&b, &ret, NULL);
        if (r < 0) {
                buffer_done(&b);
                return NULL;
        }

        return ret;
}

char *escape_terminal(const char *s) {
        return escape(s, strlen(s), /* keep_lines= */ false, SIZE_MAX);
}

char *escape_terminal_n(const char *s, size_t n) {
        return escape(s, n, /* keep_lines= */ false, SIZE_MAX);
}

char *escape_terminal_text(const char *s, size_t n) {
        return escape(s, n, /* keep_lines= */ true, SIZE_MAX);
}

char *escape_log(const char *s) {
        return escape(s, strlen(s), /* keep_lines= */ false, ESCAPE_LOG_MAX);
}

bool escape_is_needed(const char *s) {
        size_t n = strlen(s), i = 0;

        while (i < n) {
                uint32_t c;
                int k;

                /* Nearly all is plain ASCII. */
                if (s[i] >= 0x20 && s[i] < 0x7F) {
                        i++;
                        continue;
                }
                k = utf8_decode(s + i, n - i, &c);
                if (k < 0 || codepoint_is_unsafe(c))
                        return true;
                i += (size_t) k;
        }

        return false;
}
