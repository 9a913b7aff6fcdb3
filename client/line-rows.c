/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rows out of a line, see line-rows.h. */

#include "client/line-rows.h"

#include "common/buffer.h"
#include "common/escape.h"
#include "common/json-scan.h"
#include "common/limits.h"

/* {"account": …, "units": [{"unit": …}]} */
enum { DEPTH_LINE = 1, DEPTH_ROW = 3, DEPTH_MAX = 4 };

/* Members of the account that say nothing about its rows. */
static const char *const passed_over[] = { "uid", "manager", NULL };

typedef struct Reader {
        const LineForm *form;
        Client *client;
        void *userdata;
        char *account;
        Buffer texts; /* of the object's values, one behind the other, each with its NUL */
        size_t offsets[LINE_FIELDS_MAX]; /* where each begins there, SIZE_MAX: none */
        size_t n_fields;
        size_t field;    /* the member that comes next, n_fields: one that nobody wants */
        bool is_account; /* the member of the line that comes next is "account" */
        bool in_rows;    /* … or is in the array */
} Reader;

static void drop_values(Reader *reader) {
        for (size_t i = 0; i < LINE_FIELDS_MAX; i++)
                reader->offsets[i] = SIZE_MAX;
        reader->texts.size = 0;
}

static void reader_done(Reader *reader) {
        buffer_done(&reader->texts);
        free(reader->account);
}

/* Not of the form: the scan ends, and nothing is wrong. */
static int give_up(void) {
        return -ECANCELED;
}

static int take_account(Reader *reader, JsonEvent *event) {
        const char *text;
        int r;

        r = json_event_text(event, &text, NULL);
        if (r < 0)
                return r;
        free(reader->account);
        reader->account = escape_terminal(text);
        return reader->account ? 0 : -ENOMEM;
}

static int take_value(Reader *reader, JsonEvent *event) {
        _cleanup_free_ char *safe = NULL;
        const char *text;
        size_t n;
        int r;

        r = json_event_text(event, &text, &n);
        if (r < 0 || n == 0)
                return r;
        if (escape_is_needed(text)) {
                safe = escape_terminal(text);
                if (!safe)
                        return -ENOMEM;
                text = safe;
                n = strlen(safe);
        }

        reader->offsets[reader->field] = reader->texts.size;
        return buffer_append(&reader->texts, text, n + 1);
}

static int hand_on(Reader *reader) {
        const char *values[LINE_FIELDS_MAX];
        int r;

        for (size_t i = 0; i < reader->n_fields; i++)
                values[i] = reader->offsets[i] == SIZE_MAX ? NULL : reader->texts.data + reader->offsets[i];
        r = reader->form->handler(reader->client, reader->account, values, reader->userdata);
        drop_values(reader);
        return r;
}

static int on_line_event(Reader *reader, JsonEvent *event) {
        switch (event->type) {
        case JSON_KEY:
                reader->is_account = json_event_text_is(event, "account");
                reader->in_rows = !reader->is_account && json_event_text_is(event, reader->form->member);
                if (reader->is_account || reader->in_rows)
                        return 0;
                for (const char *const *name = passed_over; *name; name++)
                        if (json_event_text_is(event, *name))
                                return 0;
                return give_up();
        case JSON_STRING:
                return reader->is_account ? take_account(reader, event) : 0;
        case JSON_ARRAY_BEGIN:
                return reader->in_rows && reader->account ? 0 : give_up();
        case JSON_ARRAY_END:
                reader->in_rows = false;
                return 0;
        case JSON_OBJECT_BEGIN:
        case JSON_OBJECT_END:
                return give_up();
        default:
                return 0;
        }
}

static int on_row_event(Reader *reader, JsonEvent *event) {
        size_t i;

        switch (event->type) {
        case JSON_KEY:
                for (i = 0; i < reader->n_fields; i++)
                        if (json_event_text_is(event, reader->form->fields[i]))
                                break;
                reader->field = i;
                return 0;
        case JSON_STRING:
                return reader->field < reader->n_fields ? take_value(reader, event) : 0;
        default:
                return 0;
        }
}

static int on_event(JsonEvent *event, void *userdata) {
        Reader *reader = userdata;

        if (event->depth == DEPTH_LINE)
                return on_line_event(reader, event);
        if (event->depth == DEPTH_ROW)
                return on_row_event(reader, event);
        if (event->depth != DEPTH_ROW - 1)
                return event->depth < DEPTH_LINE ? 0 : give_up();
        if (event->type == JSON_OBJECT_BEGIN)
                return 0;
        return event->type == JSON_OBJECT_END ? hand_on(reader) : give_up();
}

int line_rows(const LineForm *form, Client *c, const char *line, size_t n, void *userdata) {
        _cleanup_(reader_done) Reader reader = {
                .form = form, .client = c, .userdata = userdata, .texts = BUFFER_INIT(SIZE_MAX - 1)
        };
        const JsonLimits limits = {
                .max_length = INT32_MAX, .max_depth = DEPTH_MAX, .max_members = UINT16_MAX
        };
        int r;

        while (form->fields[reader.n_fields])
                reader.n_fields++;
        drop_values(&reader);

        r = json_scan(line, n, &limits, on_event, &reader, NULL);
        if (r == -ECANCELED || r == -E2BIG || r == -EBADMSG)
                return 0; /* the tree says what is wrong, if anything is */
        return r < 0 ? r : reader.account != NULL;
}

/* {"parameters": {"accounts": [{…}]}} */
enum { DEPTH_HEADER = 2, DEPTH_PART = 3 };

typedef struct Splitter {
        struct Part {
                size_t begin, end;
        } * parts;
        size_t n_parts;
        size_t begin, end; /* of what is in the array's brackets */
        bool comes;        /* the next value of the header is the array */
        bool inside;
} Splitter;

static void splitter_done(Splitter *splitter) {
        free(splitter->parts);
}

static int add_part(Splitter *splitter, size_t begin) {
        /* Grows at powers of two. */
        if ((splitter->n_parts & (splitter->n_parts - 1)) == 0) {
                size_t n = MAX(2 * splitter->n_parts, 1U);
                struct Part *grown = reallocarray(splitter->parts, n, sizeof(struct Part));

                if (!grown)
                        return -ENOMEM;
                splitter->parts = grown;
        }
        splitter->parts[splitter->n_parts++] = (struct Part){ .begin = begin };
        return 0;
}

static int on_split_event(JsonEvent *event, void *userdata) {
        Splitter *splitter = userdata;

        if (event->depth == DEPTH_HEADER)
                switch (event->type) {
                case JSON_KEY:
                        splitter->comes = json_event_text_is(event, "accounts");
                        return 0;
                case JSON_ARRAY_BEGIN:
                        splitter->inside = splitter->comes;
                        if (splitter->inside)
                                splitter->begin = event->offset + 1;
                        return 0;
                case JSON_ARRAY_END:
                        if (splitter->inside)
                                splitter->end = event->offset;
                        splitter->inside = false;
                        return 0;
                default:
                        return 0;
                }

        if (event->depth != DEPTH_PART || !splitter->inside)
                return 0;
        if (event->type == JSON_OBJECT_BEGIN)
                return add_part(splitter, event->offset);
        if (event->type != JSON_OBJECT_END)
                return give_up();
        splitter->parts[splitter->n_parts - 1].end = event->offset + 1;
        return 0;
}

int line_split(const char *text, PartHandler handler, void *userdata, char **ret_rest) {
        _cleanup_(splitter_done) Splitter splitter = {};
        const JsonLimits limits = { .max_length = INT32_MAX, .max_members = UINT16_MAX };
        char *rest;
        int r;

        r = json_scan(text, strlen(text), &limits, on_split_event, &splitter, NULL);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        if (splitter.end == 0)
                return 0;

        if (asprintf(&rest, "%.*s%s", (int) splitter.begin, text, text + splitter.end) < 0)
                return -ENOMEM;
        for (size_t i = 0; i < splitter.n_parts; i++) {
                const struct Part *part = splitter.parts + i;

                r = handler(text + part->begin, part->end - part->begin, userdata);
                if (r < 0) {
                        free(rest);
                        return r;
                }
        }

        *ret_rest = rest;
        return 1;
}
