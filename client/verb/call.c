/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The contract by itself: call, describe, version. */

#include "client/bus.h"
#include "client/help.h"
#include "client/json-print.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/stream.h"
#include "client/verbs.h"
#include "common/buffer.h"
#include "common/escape.h"
#include "common/json-scan.h"
#include "common/json-write.h"
#include "common/limits.h"

static int fail(const BusFault *fault) {
        message_error("%s", fault->message ? fault->message : strerror(ENOMEM));
        return fault->exit_code;
}

static void buffer_donep(Buffer *b) {
        buffer_done(b);
}

static int read_input(char **ret) {
        _cleanup_(buffer_donep) Buffer b = BUFFER_INIT(REQUEST_SIZE_MAX);

        for (;;) {
                char chunk[4096];
                ssize_t n;
                int r;

                n = read(STDIN_FILENO, chunk, sizeof(chunk));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                if (memchr(chunk, 0, (size_t) n))
                        return -EBADMSG;
                r = buffer_append(&b, chunk, (size_t) n);
                if (r < 0)
                        return r;
        }
        return buffer_steal(&b, ret, NULL);
}

/* The parameters as one value of JSON, which is told here with line and column: the service would count from
 * the start of the request around it. */
static int check_parameters(const char *text) {
        static const JsonLimits limits = { .max_length = REQUEST_SIZE_MAX };
        size_t line, column;
        JsonFault fault;
        int r;

        r = json_scan(text, strlen(text), &limits, NULL, NULL, &fault);
        if (r >= 0)
                return EXIT_CODE_OK;
        json_position(text, strlen(text), fault.offset, &line, &column);
        message_error("The parameters are no JSON: line %zu, column %zu: %s.", line, column, fault.reason);
        return EXIT_CODE_INVALID;
}

static int make_request(const char *method, const char *parameters, char **ret) {
        JsonWriter w = JSON_WRITER_INIT(REQUEST_SIZE_MAX);

        json_begin_object(&w);
        json_write_key_string(&w, "method", method);
        if (parameters) {
                json_write_key(&w, "parameters");
                json_write_raw(&w, parameters, strlen(parameters));
        }
        json_end_object(&w);
        return json_writer_finish(&w, ret, NULL);
}

/* The exit code that the parts of a reply ask for. */
static int reply_exit_code(json_object *header) {
        json_object *lists[] = { reply_array(header, "accounts"), reply_array(header, "refused") };

        for (size_t i = 0; i < ELEMENTSOF(lists); i++)
                for (size_t k = 0; k < reply_length(lists[i]); k++) {
                        const char *name =
                                reply_string(reply_object(reply_item(lists[i], k), "error"), "name");
                        ErrorCode code = name ? error_code_from_string(name) : ERROR_NONE;

                        if (code != ERROR_NONE)
                                return error_code_to_exit(code < 0 ? ERROR_INTERNAL : code);
                }
        return reply_boolean(header, "complete", true) ? EXIT_CODE_OK : EXIT_CODE_INCOMPLETE;
}

static int print_line(const char *line, size_t n, void *userdata) {
        _cleanup_reply_ json_object *o = NULL;
        int *exit_code = userdata, r;
        json_object *error;

        r = reply_parse(line, n, &o);
        if (r < 0)
                return r;
        r = json_print(stdout, o, OUTPUT_JSON);
        if (r < 0)
                return r;
        if (reply_object(o, "end")) {
                *exit_code = exit_code_merge(*exit_code, reply_exit_code(reply_object(o, "end")));
                return 1;
        }
        error = reply_object(o, "error");
        if (!error || reply_string(o, "account"))
                return 0;
        *exit_code = error_code_to_exit(error_code_from_string(strempty(reply_string(error, "name"))));
        return 1;
}

static int call_stream(Client *c, const char *request, unsigned flags) {
        _cleanup_(bus_fault_done) BusFault fault = {};
        _cleanup_close_ int fd = -EBADF;
        int exit_code = EXIT_CODE_OK, r;

        r = bus_open_stream(c->bus, request, flags, &fd, &fault);
        if (r < 0)
                return fail(&fault);
        r = stream_read(fd, print_line, &exit_code);
        if (r < 0) {
                message_error("The answer broke off: %s.", strerror(-r));
                return EXIT_CODE_FAILURE;
        }
        return exit_code;
}

static int print_reply(Client *c, const BusReply *reply) {
        _cleanup_reply_ json_object *o = NULL;
        OutputMode mode = c->options.output;
        int r;

        r = reply_parse(reply->text, strlen(reply->text), &o);
        if (r < 0) {
                message_error("The reply cannot be read: %s.", strerror(-r));
                return EXIT_CODE_FAILURE;
        }
        if (mode == OUTPUT_TABLE)
                mode = c->terminal.tty ? OUTPUT_JSON_PRETTY : OUTPUT_JSON;
        if (mode == OUTPUT_JSON_PRETTY && c->options.output == OUTPUT_TABLE)
                client_page(c);
        r = json_print(stdout, o, mode);
        if (r < 0)
                return message_errno(r);
        if (reply->n_fds > 0 && !c->options.quiet)
                message_note("The reply came with %zu descriptors, which are not shown.", reply->n_fds);
        return reply_exit_code(reply_object(o, "parameters"));
}

int verb_call(Client *c, const Verb *verb, char **arguments) {
        _cleanup_free_ char *input = NULL, *request = NULL;
        unsigned flags = BUS_CALL_PATIENT | (c->options.no_ask_password ? 0U : BUS_CALL_INTERACTIVE);
        const char *parameters = arguments[1];
        _cleanup_(bus_fault_done) BusFault fault = {};
        _cleanup_(bus_reply_done) BusReply reply = {};
        const Method *method = method_find(arguments[0]);
        int exit_code, r;

        if (streq_ptr(parameters, "-")) {
                r = read_input(&input);
                if (r < 0) {
                        if (r == -EMSGSIZE)
                                message_error(
                                        "The parameters are larger than %u KiB.", REQUEST_SIZE_MAX / 1024);
                        else
                                message_error("Cannot read the parameters: %s.",
                                        r == -EBADMSG ? "there is a null byte in them" : strerror(-r));
                        return EXIT_CODE_INVALID;
                }
                parameters = input;
        }
        if (parameters) {
                exit_code = check_parameters(parameters);
                if (exit_code != EXIT_CODE_OK)
                        return exit_code;
        }
        r = make_request(arguments[0], parameters, &request);
        if (r < 0)
                return message_errno(r);

        exit_code = client_connect(c);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        /* Whatever it is, it is called once: the agent is there from the start. */
        if (flags & BUS_CALL_INTERACTIVE && agent_is_possible())
                agent_open(&c->agent);

        r = bus_call(c->bus, request, NULL, 0, flags, &reply, &fault);
        if (r < 0 && fault.code == ERROR_REPLY_TOO_LARGE && method && method_is(method, METHOD_STREAMS))
                return call_stream(c, request, flags);
        if (r < 0)
                return fail(&fault);
        return print_reply(c, &reply);
}

static int describe_json(Client *c, const char *name) {
        _cleanup_(bus_fault_done) BusFault fault = {};
        _cleanup_reply_ json_object *o = NULL;
        _cleanup_free_ char *text = NULL;
        json_object *methods;
        int exit_code, r;

        exit_code = client_connect(c);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        r = bus_describe(c->bus, &text, &fault);
        if (r < 0)
                return fail(&fault);
        r = reply_parse(text, strlen(text), &o);
        if (r < 0)
                return message_errno(r);
        if (!name)
                return json_print(stdout, o, c->options.output) < 0 ? EXIT_CODE_FAILURE : EXIT_CODE_OK;

        methods = reply_array(o, "methods");
        for (size_t i = 0; i < reply_length(methods); i++)
                if (streq_ptr(reply_string(reply_item(methods, i), "name"), name))
                        return json_print(stdout, reply_item(methods, i), c->options.output) < 0
                                ? EXIT_CODE_FAILURE
                                : EXIT_CODE_OK;
        message_error("The service has no method '%s'.", name);
        return EXIT_CODE_INVALID;
}

static void describe_fields(const Field *fields, unsigned depth) {
        for (const Field *f = fields; f->name; f++) {
                char left[HELP_WIDTH];

                snprintf(left, sizeof(left), "%*s%s: %s%s", (int) (2 * depth), "", f->name,
                        field_type_to_string(f->type), f->optional ? ", maybe" : "");
                help_print_row(stdout, left, f->doc);
                if (f->fields)
                        describe_fields(f->fields, depth + 1);
        }
}

static void describe_parameters(const Method *method) {
        for (const Parameter *p = method->parameters; p->name; p++) {
                char left[HELP_WIDTH];

                snprintf(left, sizeof(left), "%s: %s", p->name, parameter_type_to_string(p->type));
                help_print_row(stdout, left, p->doc);
        }
}

static void describe_method(const Method *method) {
        const char *own = action_to_id(method->own), *other = action_to_id(method->other);
        char text[32];

        printf("%s\n", method->name);
        help_print_paragraph(stdout, 2, method->doc);
        putchar('\n');
        help_print_row(stdout, "For one's own account", own ? own : "always allowed");
        help_print_row(stdout, "For another's", other ? other : "always allowed");
        help_print_row(stdout, "Changes something", yes_no(method_is(method, METHOD_CHANGES)));
        help_print_row(stdout, "Can be asked with Open", yes_no(method_is(method, METHOD_STREAMS)));
        help_print_row(stdout, "Carried out by", place_to_string(method->place));
        snprintf(text, sizeof(text), "%u s", method->deadline_sec);
        help_print_row(stdout, "Deadline", text);
        if (method->parameters->name) {
                puts("\nParameters:");
                describe_parameters(method);
        }
        if (method->result->name) {
                puts("\nResult, of each account:");
                describe_fields(method->result, 0);
        }
}

int verb_describe(Client *c, const Verb *verb, char **arguments) {
        const Method *method;

        if (options_json(&c->options))
                return describe_json(c, arguments[0]);

        if (arguments[0]) {
                method = method_find(arguments[0]);
                if (!method) {
                        const char *meant = method_suggest(arguments[0]);

                        message_error("There is no method '%s'%s%s%s", arguments[0],
                                meant ? "; did you mean '" : "; 'userunitctl describe' lists them",
                                strempty(meant), meant ? "'?" : ".");
                        return EXIT_CODE_INVALID;
                }
                client_page(c);
                describe_method(method);
                return EXIT_CODE_OK;
        }

        client_page(c);
        for (MethodId id = 0; id < _METHOD_MAX; id++)
                help_print_row(stdout, method_get(id)->name, method_get(id)->doc);
        return EXIT_CODE_OK;
}

/* The service's is null where it cannot be asked. */
static int print_versions(Client *c, const char *service) {
        _cleanup_reply_ json_object *o = json_object_new_object();
        json_object *ours = json_object_new_string(VERSION),
                    *theirs = service ? json_object_new_string(service) : NULL;

        if (!o || json_object_object_add(o, "userunitctl", ours) < 0) {
                json_object_put(ours);
                json_object_put(theirs);
                return message_errno(-ENOMEM);
        }
        if (json_object_object_add(o, "userunitd", theirs) < 0) {
                json_object_put(theirs);
                return message_errno(-ENOMEM);
        }
        return json_print(stdout, o, c->options.output) < 0 ? EXIT_CODE_FAILURE : EXIT_CODE_OK;
}

int verb_version(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(bus_fault_done) BusFault fault = {};
        _cleanup_free_ char *version = NULL;
        int exit_code, r;

        if (!options_json(&c->options))
                printf("userunitctl %s\n", VERSION);
        exit_code = client_connect(c);
        if (exit_code == EXIT_CODE_OK) {
                r = bus_version(c->bus, &version, &fault);
                if (r < 0)
                        exit_code = fail(&fault);
        }
        if (options_json(&c->options))
                return exit_code_merge(exit_code, print_versions(c, version));
        if (version) {
                _cleanup_free_ char *safe = escape_terminal(version);

                printf("userunitd %s\n", strempty(safe));
        }
        return exit_code;
}
