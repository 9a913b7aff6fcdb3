/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The strict JSON scanner: one loop over the text, an explicit stack of open containers, and a stack of the
 * keys seen in them. What it promises is in the header.
 */

#include <assert.h>

#include "common/buffer.h"
#include "common/json-scan.h"
#include "common/json-token.h"
#include "common/utf8.h"

/* Up to so many members a new key is compared with each earlier one; larger objects are sorted where they
 * end. */
#define PAIRWISE_MAX 16

/* Keys that need no allocation. */
#define KEYS_INLINE 48

/* A key of an object that is still open. */
typedef struct Key {
        uint32_t offset; /* of its opening quote in the text */
        uint32_t start;  /* of its unescaped bytes: in the text or, if it had escapes, in the arena */
        uint32_t length;
        bool in_arena;
} Key;

/* An open container. */
typedef struct Frame {
        size_t keys;  /* where its keys begin on the key stack */
        size_t arena; /* size of the arena before its keys */
        size_t index; /* values completed so far */
        bool object;
        bool in_value; /* inside a member or element now */
} Frame;

typedef struct JsonScanner {
        const char *text;
        size_t n;
        size_t pos;
        JsonLimits limits;

        JsonHandler handler;
        void *userdata;

        size_t fault_offset;
        const char *fault_reason;

        unsigned depth;
        Frame frames[JSON_DEPTH_MAX];

        Key *keys; /* keys_inline, or allocated */
        size_t n_keys;
        size_t allocated_keys;
        Buffer arena; /* keys that had escapes, without them */

        Key keys_inline[KEYS_INLINE];
        JsonScratch scratch;
} JsonScanner;

static int fail(JsonScanner *s, int error, size_t offset, const char *reason) {
        s->fault_offset = offset;
        s->fault_reason = reason;
        return error;
}

static int refuse(JsonScanner *s, size_t offset, const char *reason) {
        return fail(s, -EBADMSG, offset, reason);
}

/* The byte at pos, or -1 at the end; so that NUL is an ordinary wrong byte. */
static int peek(const JsonScanner *s) {
        return s->pos < s->n ? (unsigned char) s->text[s->pos] : -1;
}

static void skip_space(JsonScanner *s) {
        while (s->pos < s->n) {
                char c = s->text[s->pos];

                if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
                        break;
                s->pos++;
        }
}

/* Refuses the byte at pos, and finds better words than `expected` for what people and lenient writers
 * produce. */
static int refuse_here(JsonScanner *s, const char *expected) {
        uint32_t c;

        switch (peek(s)) {
        case -1:
                return refuse(s, s->pos, "unexpected end");
        case '\0':
                return refuse(s, s->pos, "NUL byte");
        case '\'':
                return refuse(s, s->pos, "single quotes are not JSON");
        case '/':
        case '#':
                return refuse(s, s->pos, "comments are not JSON");
        case 'N':
        case 'I':
                return refuse(s, s->pos, "NaN and Infinity are not JSON");
        default:
                if (utf8_decode(s->text + s->pos, s->n - s->pos, &c) < 0)
                        return refuse(s, s->pos, "invalid UTF-8");
                if (c == 0xFEFF)
                        return refuse(s, s->pos, "byte order mark");
                return refuse(s, s->pos, expected);
        }
}

static int emit_event(JsonScanner *s, JsonEvent *event) {
        int r;

        event->raw = s->text + event->offset;
        event->raw_length = s->pos - event->offset;
        event->depth = s->depth;
        event->scratch = &s->scratch;

        r = s->handler(event, s->userdata);
        if (r < 0)
                return fail(s, r, event->offset, event->reason ?: "refused");
        return 0;
}

/* Tells the handler about the token that starts at offset and ends at pos. */
static int emit(JsonScanner *s, JsonEventType type, size_t offset) {
        if (!s->handler)
                return 0;
        return emit_event(s, &(JsonEvent){ .type = type, .offset = offset });
}

/* Takes the string whose opening quote is at pos. */
static int scan_string(JsonScanner *s, bool *ret_escaped) {
        size_t p = s->pos + 1;
        bool escaped = false;

        for (;;) {
                const char *reason;
                unsigned char c;
                uint32_t codepoint;
                size_t k;
                int r;

                p += json_plain_run(s->text + p, s->n - p);
                if (p >= s->n)
                        return refuse(s, p, "string without an end");

                c = (unsigned char) s->text[p];
                if (c == '"')
                        break;
                if (c == '\\') {
                        k = json_check_escape(s->text + p, s->n - p, &reason);
                        if (k == 0)
                                return refuse(s, p, reason);
                        escaped = true;
                        p += k;
                        continue;
                }
                if (c < 0x20)
                        return refuse(s, p, c == 0 ? "NUL byte" : "control character in a string");

                r = utf8_decode(s->text + p, s->n - p, &codepoint);
                if (r < 0)
                        return refuse(s, p, "invalid UTF-8");
                p += (size_t) r;
        }

        s->pos = p + 1;
        *ret_escaped = escaped;
        return 0;
}

static const char *key_bytes(const JsonScanner *s, const Key *k) {
        return (k->in_arena ? s->arena.data : s->text) + k->start;
}

/* Any total order on the bytes will do; equal only where all bytes are. */
static int key_compare(const JsonScanner *s, const Key *a, const Key *b) {
        if (a->length != b->length)
                return a->length < b->length ? -1 : 1;
        return memcmp(key_bytes(s, a), key_bytes(s, b), a->length);
}

static int key_order(const JsonScanner *s, const Key *a, const Key *b) {
        int r;

        r = key_compare(s, a, b);
        if (r != 0)
                return r;
        return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static void sift_down(const JsonScanner *s, Key *keys, size_t i, size_t n) {
        for (;;) {
                size_t child = 2 * i + 1;
                Key swap;

                if (child >= n)
                        return;
                if (child + 1 < n && key_order(s, &keys[child], &keys[child + 1]) < 0)
                        child++;
                if (key_order(s, &keys[i], &keys[child]) >= 0)
                        return;

                swap = keys[i];
                keys[i] = keys[child];
                keys[child] = swap;
                i = child;
        }
}

/* Heapsort: no memory, no recursion, no bad case. */
static void sort_keys(const JsonScanner *s, Key *keys, size_t n) {
        for (size_t i = n / 2; i > 0; i--)
                sift_down(s, keys, i - 1, n);

        for (size_t i = n; i > 1; i--) {
                Key swap = keys[0];

                keys[0] = keys[i - 1];
                keys[i - 1] = swap;
                sift_down(s, keys, 0, i - 1);
        }
}

/* Looks for duplicates among the keys of a large object that ends here; names the first repetition. */
static int check_sorted(JsonScanner *s, Frame *f) {
        Key *keys = s->keys + f->keys, *found = NULL;
        size_t n = s->n_keys - f->keys;

        sort_keys(s, keys, n);
        for (size_t i = 1; i < n; i++)
                if (key_compare(s, &keys[i - 1], &keys[i]) == 0 &&
                        (!found || keys[i].offset < found->offset))
                        found = &keys[i];
        if (!found)
                return 0;

        /* The last key is the one that a fault's path names. */
        keys[n - 1] = *found;
        f->in_value = true;
        return refuse(s, keys[n - 1].offset, "duplicate key");
}

static int push_key(JsonScanner *s, const Key *key) {
        Key *keys;

        if (s->n_keys < s->allocated_keys) {
                s->keys[s->n_keys++] = *key;
                return 0;
        }

        keys = reallocarray(s->keys == s->keys_inline ? NULL : s->keys, s->allocated_keys * 2, sizeof(Key));
        if (!keys)
                return fail(s, -ENOMEM, key->offset, "out of memory");
        if (s->keys == s->keys_inline)
                memcpy(keys, s->keys_inline, sizeof(s->keys_inline));

        s->keys = keys;
        s->allocated_keys *= 2;
        s->keys[s->n_keys++] = *key;
        return 0;
}

/* Takes a key and the colon behind it; the key's quote is at pos. */
static int scan_key(JsonScanner *s) {
        Frame *f = &s->frames[s->depth - 1];
        size_t offset = s->pos, n_members = s->n_keys - f->keys;
        Key key = { .offset = (uint32_t) offset, .start = (uint32_t) offset + 1 };
        bool escaped;
        int r;

        if (n_members >= s->limits.max_members)
                return fail(s, -E2BIG, offset, "too many members in an object");

        r = scan_string(s, &escaped);
        if (r < 0)
                return r;

        key.length = (uint32_t) (s->pos - offset - 2);
        if (escaped) {
                r = buffer_reserve(&s->arena, key.length);
                if (r < 0)
                        return fail(s, r, offset, "out of memory");
                key.in_arena = true;
                key.start = (uint32_t) s->arena.size;
                key.length = (uint32_t) json_unescape(
                        s->text + offset + 1, key.length, s->arena.data + s->arena.size);
                s->arena.size += key.length;
        }

        r = push_key(s, &key);
        if (r < 0)
                return r;
        f->in_value = true;

        if (n_members < PAIRWISE_MAX)
                for (size_t i = 0; i < n_members; i++)
                        if (key_compare(s, &s->keys[f->keys + i], &key) == 0)
                                return refuse(s, offset, "duplicate key");

        if (s->handler) {
                r = emit_event(s, &(JsonEvent){ .type = JSON_KEY, .offset = offset, .escaped = escaped });
                if (r < 0)
                        return r;
        }

        skip_space(s);
        if (peek(s) != ':')
                return refuse_here(s, "expected ':' after a key");
        s->pos++;
        return 0;
}

static size_t skip_digits(JsonScanner *s) {
        size_t start = s->pos;

        while (s->pos < s->n && json_is_digit(s->text[s->pos]))
                s->pos++;
        return s->pos - start;
}

/* Takes the number that starts at pos with a minus sign or a digit. */
static int scan_number(JsonScanner *s) {
        JsonEvent event = { .type = JSON_NUMBER, .offset = s->pos, .integer = true };
        size_t digits, exponent = 0;

        if (peek(s) == '-')
                s->pos++;
        digits = skip_digits(s);
        if (digits == 0)
                return refuse_here(s, "expected a digit after the minus sign");
        if (digits > 1 && s->text[s->pos - digits] == '0')
                return refuse(s, s->pos - digits, "leading zero in a number");

        if (peek(s) == '.') {
                s->pos++;
                event.integer = false;
                if (skip_digits(s) == 0)
                        return refuse_here(s, "expected a digit after the decimal point");
        }

        if (peek(s) == 'e' || peek(s) == 'E') {
                s->pos++;
                exponent = s->pos;
                event.integer = false;
                if (peek(s) == '+' || peek(s) == '-')
                        s->pos++;
                if (skip_digits(s) == 0)
                        return refuse_here(s, "expected a digit in the exponent");
        }

        if (s->pos - event.offset > JSON_NUMBER_MAX)
                return fail(s, -E2BIG, event.offset, "number too long");

        if (event.integer) {
                uint64_t value;
                bool negative;

                if (!json_parse_integer(s->text + event.offset, s->pos - event.offset, &negative, &value))
                        return refuse(s, event.offset, "integer out of range");
        } else if (exponent > 0 && !json_exponent_fits(s->text + exponent, s->pos - exponent, digits))
                return refuse(s, event.offset, "number out of range");

        return s->handler ? emit_event(s, &event) : 0;
}

static int scan_word(JsonScanner *s, const char *word, JsonEvent event) {
        size_t n = strlen(word);

        if (s->n - s->pos < n || memcmp(s->text + s->pos, word, n) != 0)
                return refuse(s, s->pos, "not a JSON value");

        event.offset = s->pos;
        s->pos += n;
        return s->handler ? emit_event(s, &event) : 0;
}

static int open_container(JsonScanner *s, bool object) {
        int r;

        if (s->depth >= s->limits.max_depth)
                return fail(s, -E2BIG, s->pos, "nested too deeply");

        s->pos++;
        r = emit(s, object ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN, s->pos - 1);
        if (r < 0)
                return r;

        s->frames[s->depth++] = (Frame){ .keys = s->n_keys, .arena = s->arena.size, .object = object };
        return 0;
}

static int close_container(JsonScanner *s) {
        Frame *f = &s->frames[s->depth - 1];
        bool object = f->object;
        int r;

        if (s->n_keys - f->keys > PAIRWISE_MAX) {
                r = check_sorted(s, f);
                if (r < 0)
                        return r;
        }

        s->n_keys = f->keys;
        s->arena.size = f->arena;
        s->depth--;
        s->pos++;
        return emit(s, object ? JSON_OBJECT_END : JSON_ARRAY_END, s->pos - 1);
}

/* Takes a scalar, or opens a container. What follows then is up to next_value(). */
static int scan_value(JsonScanner *s) {
        size_t offset = s->pos;
        bool escaped;
        int r;

        switch (peek(s)) {
        case '{':
                return open_container(s, /* object= */ true);
        case '[':
                return open_container(s, /* object= */ false);
        case '"':
                r = scan_string(s, &escaped);
                if (r < 0 || !s->handler)
                        return r;
                return emit_event(
                        s, &(JsonEvent){ .type = JSON_STRING, .offset = offset, .escaped = escaped });
        case '-':
        case '0' ... '9':
                return scan_number(s);
        case 't':
                return scan_word(s, "true", (JsonEvent){ .type = JSON_BOOL, .boolean = true });
        case 'f':
                return scan_word(s, "false", (JsonEvent){ .type = JSON_BOOL });
        case 'n':
                return scan_word(s, "null", (JsonEvent){ .type = JSON_NULL });
        default:
                return refuse_here(s, "expected a value");
        }
}

/* Goes from where a value has ended, or a container begun, to the next value, through all the ends in
 * between. Returns 1 with pos at a value, 0 at the end of the outermost one. */
static int next_value(JsonScanner *s, bool begun) {
        int r;

        while (s->depth > 0) {
                Frame *f = &s->frames[s->depth - 1];
                bool comma = false;

                if (!begun) {
                        f->in_value = false;
                        f->index++;
                }

                skip_space(s);
                if (!begun && peek(s) == ',') {
                        comma = true;
                        s->pos++;
                        skip_space(s);
                }

                if (peek(s) == (f->object ? '}' : ']')) {
                        if (comma)
                                return refuse(s, s->pos, "trailing comma");
                        r = close_container(s);
                        if (r < 0)
                                return r;
                        begun = false;
                        continue;
                }
                if (!begun && !comma)
                        return refuse_here(s, f->object ? "expected ',' or '}'" : "expected ',' or ']'");

                if (f->object) {
                        if (peek(s) != '"')
                                return refuse_here(s, "expected a key in double quotes");
                        r = scan_key(s);
                        if (r < 0)
                                return r;
                        skip_space(s);
                } else
                        f->in_value = true;

                return 1;
        }

        return 0;
}

static int scan_text(JsonScanner *s) {
        int r;

        if (s->n > s->limits.max_length)
                return fail(s, -E2BIG, s->limits.max_length, "text too long");

        skip_space(s);
        if (s->pos >= s->n)
                return refuse(s, s->pos, "empty input");

        do {
                unsigned depth = s->depth;

                r = scan_value(s);
                if (r < 0)
                        return r;
                r = next_value(s, /* begun= */ s->depth > depth);
        } while (r > 0);
        if (r < 0)
                return r;

        skip_space(s);
        if (s->pos < s->n)
                return refuse_here(s, "something follows the value");
        return 0;
}

/* Appends to a fault's path; what is not plain ASCII, or would look like the path's own signs, becomes a
 * question mark. */
static size_t path_append(char *path, size_t size, size_t used, const char *p, size_t n) {
        for (size_t i = 0; i < n && used + 1 < size; i++) {
                bool plain = p[i] > ' ' && p[i] < 0x7F && !strchr("\"'\\`<>", p[i]);

                path[used++] = plain ? p[i] : '?';
        }
        path[used] = '\0';
        return used;
}

static void fill_fault(const JsonScanner *s, JsonFault *ret) {
        size_t used = 0;

        *ret = (JsonFault){ .offset = s->fault_offset, .reason = s->fault_reason };

        for (unsigned i = 0; i < s->depth; i++) {
                const Frame *f = &s->frames[i];
                char number[32];

                if (!f->in_value)
                        break;

                if (f->object) {
                        size_t end = i + 1 < s->depth ? s->frames[i + 1].keys : s->n_keys;
                        const Key *k = &s->keys[end - 1];

                        if (used > 0)
                                used = path_append(ret->path, sizeof(ret->path), used, ".", 1);
                        used = path_append(ret->path, sizeof(ret->path), used, key_bytes(s, k), k->length);
                } else {
                        int k = snprintf(number, sizeof(number), "[%zu]", f->index);
                        used = path_append(ret->path, sizeof(ret->path), used, number, (size_t) k);
                }
        }
}

int json_scan(const char *text, size_t n, const JsonLimits *limits, JsonHandler handler, void *userdata,
        JsonFault *ret_fault) {
        JsonScanner s;
        int r;

        /* Not an initialiser: that would clear a few kilobytes of inline storage for each small text. */
        memset(&s, 0, offsetof(JsonScanner, frames));
        s.text = text;
        s.n = n;
        s.limits = limits ? *limits : (JsonLimits){};
        s.limits.max_length = s.limits.max_length ?: JSON_DEFAULT_LENGTH;
        s.limits.max_depth = s.limits.max_depth ?: JSON_DEFAULT_DEPTH;
        s.limits.max_members = s.limits.max_members ?: JSON_DEFAULT_MEMBERS;
        s.handler = handler;
        s.userdata = userdata;
        s.keys = s.keys_inline;
        s.n_keys = 0;
        s.allocated_keys = KEYS_INLINE;
        s.arena = BUFFER_INIT(INT32_MAX);
        s.scratch.spill = NULL;
        s.scratch.spill_size = 0;
        assert(s.limits.max_length <= INT32_MAX);
        assert(s.limits.max_depth <= JSON_DEPTH_MAX);

        r = scan_text(&s);
        if (r < 0 && ret_fault)
                fill_fault(&s, ret_fault);

        if (s.keys != s.keys_inline)
                free(s.keys);
        buffer_done(&s.arena);
        free(s.scratch.spill);
        return r;
}
