/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* top: what accounts and units use. */

#include <time.h>

#include "client/hint.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/target.h"
#include "client/terminal/screen.h"
#include "client/terminal/text.h"
#include "client/top/render.h"
#include "client/verbs.h"
#include "common/clock.h"
#include "common/strv.h"

#define DELAY_USUAL_USEC USEC_PER_SEC

typedef struct Top {
        Client *client;
        Request request;
        TopReading reading;
} Top;

static void top_done(Top *top) {
        request_done(&top->request);
        top_reading_done(&top->reading);
}

static uint64_t delay_usec(const Client *c) {
        return c->options.top.delay_usec > 0 ? c->options.top.delay_usec : DELAY_USUAL_USEC;
}

/* ---- which accounts ---- */

static int see_actions(Client *c, json_object *header, void *userdata) {
        json_object *actions = reply_array(header, "actions");
        bool *all = userdata;

        for (size_t i = 0; i < reply_length(actions); i++) {
                json_object *o = reply_item(actions, i);

                if (streq_ptr(reply_string(o, "action"), "org.userunit1.inspect-all"))
                        *all = streq_ptr(reply_string(o, "answer"), "yes");
        }
        return EXIT_CODE_OK;
}

/* Who may look at all accounts wants to see them; for everyone else each reading would ask about each
 * account, to end with one's own. */
static int default_accounts(Client *c, char *const *arguments) {
        _cleanup_(request_done)
                Request q = { .method = method_get(METHOD_ACCESS_LIST), .on_header = see_actions };
        bool all = false;
        int exit_code;

        if (*arguments || c->options.account || c->options.all_accounts)
                return EXIT_CODE_OK;
        exit_code = request_run(c, &q, NULL, &all);
        c->options.all_accounts = all;
        return exit_code;
}

/* ---- readings ---- */

/* Takes the place of the last one, with what happened in between. Errors of accounts are said the first time
 * only: their places on the screen are empty then. */
static int read_next(Top *top) {
        TopReading reading = {};
        int exit_code;

        exit_code = request_run(top->client, &top->request, top_reading_add, &reading);
        top_reading_rate(&reading, &top->reading);
        top_reading_sort(&reading, top->client->options.top.sort);
        top_reading_done(&top->reading);
        top->reading = reading;

        /* Nor is anyone asked, or told how far it is: a screen has no place for that. */
        top->request.silent = true;
        top->request.collected = false;
        top->client->options.no_ask_password = true;
        return exit_code;
}

static bool is_failure(const Top *top, int exit_code) {
        return exit_code != EXIT_CODE_OK && top->reading.n_accounts == 0;
}

/* ---- no terminal ---- */

static int run_printing(Top *top, int exit_code) {
        unsigned n = MAX(top->client->options.top.iterations, 1U);
        Client *c = top->client;

        for (unsigned i = 0; i < n; i++) {
                uint64_t usec = delay_usec(c);
                int r, next;

                (void) clock_nanosleep(CLOCK_MONOTONIC, 0,
                        &(struct timespec){
                                (time_t) (usec / USEC_PER_SEC), (long) (usec % USEC_PER_SEC * 1000U) },
                        NULL);
                next = read_next(top);
                if (is_failure(top, next)) {
                        message_error("The service stopped answering.");
                        return next;
                }
                exit_code = exit_code_merge(exit_code, next);

                if (options_json(&c->options))
                        r = top_print_json(&top->reading, c);
                else {
                        if (i > 0)
                                putchar('\n');
                        r = top_print_table(&top->reading, c);
                }
                if (r < 0)
                        return message_errno(r);
                /* Whoever reads gets each when it is there; whoever stopped reading has seen enough. */
                if (fflush(stdout) != 0)
                        return exit_code;
        }
        return exit_code;
}

/* ---- a terminal ---- */

/* Returns false for the key that ends. */
static bool take_key(Top *top, char key) {
        static const struct {
                char key;
                TopSort sort;
        } keys[] = {
                { 'c', TOP_SORT_CPU },
                { 'm', TOP_SORT_MEMORY },
                { 't', TOP_SORT_TASKS },
                { 'i', TOP_SORT_IO },
                { 'n', TOP_SORT_NAME },
        };

        if (key == 'q' || key == 'Q' || key == 0x04)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (keys[i].key == key) {
                        top->client->options.top.sort = keys[i].sort;
                        top_reading_sort(&top->reading, keys[i].sort);
                }
        return true;
}

static int draw(Top *top, const Screen *screen, const char *note) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = top_draw(&top->reading, top->client, screen->lines, screen->columns, note, &text, &size);
        return r < 0 ? r : screen_write(text, size);
}

/* Shows one reading until it is time for the next. Returns whether there is to be one. */
static bool show_until(Top *top, Screen *screen, uint64_t until, const char *note) {
        char key;

        for (;;) {
                if (draw(top, screen, note) < 0)
                        return false;
                switch (screen_wait(screen, until, &key)) {
                case SCREEN_TIME:
                        return true;
                case SCREEN_GONE:
                        return false;
                case SCREEN_KEY:
                        if (!take_key(top, key))
                                return false;
                        /* One that is held down does not keep the time from passing. */
                        if (clock_now_usec() >= until)
                                return true;
                        break;
                case SCREEN_CHANGED:
                        break;
                }
        }
}

static int run_on_screen(Top *top, int exit_code) {
        unsigned n = top->client->options.top.iterations;
        const char *note = exit_code != EXIT_CODE_OK ? "some are missing" : NULL;
        uint64_t until = clock_now_usec();
        Screen screen;
        int r, next = EXIT_CODE_OK;

        r = screen_open(&screen);
        if (r < 0)
                return message_errno(r);
        for (unsigned i = 0; n == 0 || i <= n; i++) {
                until = MAX(until + delay_usec(top->client), clock_now_usec());
                if (!show_until(top, &screen, until, note))
                        break;
                if (n > 0 && i == n)
                        break;
                next = read_next(top);
                if (is_failure(top, next))
                        break;
        }
        screen_close(&screen);

        if (!is_failure(top, next))
                return exit_code;
        /* Now there is room to say why. */
        top->request.silent = false;
        return read_next(top);
}

int verb_top(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(top_done) Top top = { .client = c };
        int exit_code;

        exit_code = default_accounts(c, arguments);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        exit_code = request_init(c, verb->method, arguments, TARGET_PATTERNS, &top.request);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        top.request.raw = false;
        top.request.collected = true;

        exit_code = read_next(&top);
        if (is_failure(&top, exit_code))
                return exit_code;
        if (top.reading.n_units == 0)
                (void) hint_words(c, arguments);
        if (!c->terminal.tty || options_json(&c->options) || streq_ptr(getenv("TERM"), "dumb"))
                return run_printing(&top, exit_code);
        return run_on_screen(&top, exit_code);
}
