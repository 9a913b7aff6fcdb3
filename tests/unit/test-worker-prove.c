/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* units.prove of the worker, with a fake manager: what is run and how it ends, and that commands are run
 * only by the method that may. */

#include <fcntl.h>

#include "tests/unit/worker-fixture.h"

static int setup_manager(void **state) {
        char path[128];
        Fixture *f;

        (void) setup(state);
        f = *state;
        (void) snprintf(path, sizeof(path), "%s/units", f->root);
        assert_return_code(mkdir(path, 0755), errno);
        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        return 0;
}

static void put(Fixture *f, const char *unit, const char *proofs) {
        char path[256], text[4096];
        int fd, n;

        (void) snprintf(path, sizeof(path), "%s/units/%s", f->root, unit);
        fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
        assert_true(fd >= 0);
        n = snprintf(text, sizeof(text), "[Service]\nType=simple\n[X-Userunit]\n%s", proofs);
        assert_int_equal(write(fd, text, (size_t) n), n);
        (void) close(fd);
}

static void expect(
        Fixture *f, const char *method, const char *parameters, FrameType type, const char *contains) {
        _cleanup_(frame_done) Frame frame = FRAME_NULL;

        send_request(f, FRAME_REQUEST, method, parameters);
        receive(f, &frame);
        assert_int_equal(frame.header.serial, f->serial);
        if (frame.header.type != type || !strstr(frame.payload, contains))
                fail_msg("%s\n%s\n%s", method, frame.payload, contains);
}

#define P_UNIT "{\"units\":[\"p.service\"]}"

static void test_kinds(void **state) {
        static const struct {
                const char *proof, *result, *evidence;
        } cases[] = {
                { "tcp:pass:1", "pass", "seen" },
                { "tcp:fail:1", "fail", "refused\\\\x1b[2J" },
                { "tcp:late:1", "timeout", "It did not answer in time." },
                { "tcp:slow:1", "timeout", "so far" },
                { "tcp:gone:1", "fail", "Its manager did not run it to its end." },
                { "tcp:refused:1", "fail", "such thing." },
                { "tcp:flood:1", "fail", "It said more than 1024 KiB and was cut off." },
                { "exec:/bin/sh pass", "pass", "seen" },
                { "exec:/bin/sh fail", "fail", "It exited with status 1.\\nrefused" },
                { "exec:/bin/sh slow", "timeout", "It did not end in time and was killed.\\nso far" },
                { "exec:/bin/sh flood", "fail", "It said more than 1024 KiB and was cut off." },
                { "exec:/no/such", "fail", "There is no \\\"/no/such\\\"" },
                { "what:x", "invalid", "is neither" },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char line[128], result[64];

                (void) snprintf(line, sizeof(line), "Proof=deadline=1s %s\n", cases[i].proof);
                if (startswith(cases[i].proof, "what:"))
                        (void) snprintf(line, sizeof(line), "Proof=%s\n", cases[i].proof);
                (void) snprintf(result, sizeof(result), "\"result\":\"%s\"", cases[i].result);
                put(f, "p.service", line);
                expect(f, "units.prove-commands", P_UNIT, FRAME_REPLY, result);
                expect(f, "units.prove-commands", P_UNIT, FRAME_REPLY, cases[i].evidence);
        }
        assert_true(f->n_waiting > 0);
}

/* The right to look runs nothing. */
static void test_commands(void **state) {
        Fixture *f = *state;

        put(f, "p.service", "Proof=exec:/bin/sh pass\nProof=file:/etc\nProof=tcp:pass:1\n");
        expect(f, "units.prove", P_UNIT, FRAME_REPLY,
                "\"kind\":\"exec\",\"result\":\"not-run\",\"evidence\":\"A command is only run for who may control the unit.\"}");
        expect(f, "units.prove", P_UNIT, FRAME_REPLY, "\"kind\":\"tcp\",\"result\":\"pass\"");
        expect(f, "units.prove-commands", P_UNIT, FRAME_REPLY, "\"kind\":\"exec\",\"result\":\"pass\"");
        expect(f, "units.prove-commands", P_UNIT, FRAME_REPLY, "\"changed\":true}");
        put(f, "p.service", "Proof=tcp:pass:1\n");
        expect(f, "units.prove-commands", P_UNIT, FRAME_REPLY, "\"changed\":false}");
}

/* One that neither ends nor is ended is given up; others go on meanwhile. */
static void test_hang(void **state) {
        _cleanup_(frame_done) Frame frame = FRAME_NULL;
        uint64_t began = now_msec(), serial;
        Fixture *f = *state;

        put(f, "p.service", "Proof=tcp:hang:1 deadline=200ms\nProof=tcp:pass:1\n");
        send_request(f, FRAME_REQUEST, "units.prove", P_UNIT);
        serial = f->serial;
        assert_int_equal(frame_read(&f->reader, f->fd, &frame), 1);
        assert_int_equal(frame.header.type, FRAME_WAITING);
        frame_done(&frame);

        put(f, "q.service", "Proof=tcp:pass:1\n");
        expect(f, "units.prove", "{\"units\":[\"q.service\"]}", FRAME_REPLY, "\"result\":\"pass\"");
        expect_reply(f, "units.start", "{\"units\":[\"good.service\"]}", "\"result\":\"done\"");
        assert_true(now_msec() - began < 2000);

        receive(f, &frame);
        assert_int_equal(frame.header.serial, serial);
        assert_non_null(
                strstr(frame.payload, "\"result\":\"timeout\",\"evidence\":\"It did not end in time.\""));
        assert_non_null(strstr(frame.payload, "\"result\":\"pass\",\"evidence\":\"seen\""));
        assert_true(now_msec() - began < 8000);
}

/* More than may run at a time, and the request's own bound for each. */
static void test_many(void **state) {
        char proofs[1024] = "";
        Fixture *f = *state;
        uint64_t began = now_msec();

        for (unsigned i = 0; i < PROOFS_PER_UNIT_MAX; i++)
                strcat(proofs, i == 15 ? "Proof=tcp:pass:1\n" : "Proof=tcp:fail:1\n");
        put(f, "p.service", proofs);
        expect(f, "units.prove", P_UNIT, FRAME_REPLY, "\"result\":\"pass\"");
        strcat(proofs, "Proof=tcp:pass:1\n");
        put(f, "p.service", proofs);
        expect(f, "units.prove", P_UNIT, FRAME_ERROR, "more than 16 proofs");

        put(f, "p.service", "Proof=tcp:hang:1 deadline=300\n");
        expect(f, "units.prove", "{\"units\":[\"p.service\"],\"timeout\":1}", FRAME_REPLY,
                "\"result\":\"timeout\"");
        assert_true(now_msec() - began < 10000);
        expect(f, "units.prove", "{\"units\":[\"p.service\"],\"timeout\":0}", FRAME_ERROR, "from 1 to 300");
        expect(f, "units.prove", "{\"units\":[\"p.service\"],\"timeout\":301}", FRAME_ERROR,
                "from 1 to 300");
}

static void test_units(void **state) {
        Fixture *f = *state;

        put(f, "p.service", "Owner=x\n");
        expect(f, "units.prove", P_UNIT, FRAME_REPLY,
                "{\"units\":[{\"unit\":\"p.service\",\"active\":\"active\"}]}");
        expect(f, "units.prove", "{\"units\":[\"nothing.service\"]}", FRAME_ERROR, "NoSuchUnit");
        expect(f, "units.prove", "{\"units\":[\"nothing.service\",\"p.service\"]}", FRAME_REPLY,
                "NoSuchUnit");
        put(f, "p.service", "[X-Userunit\n");
        expect(f, "units.prove", P_UNIT, FRAME_ERROR, "header does not end");
}

static void test_manager_dies(void **state) {
        Fixture *f = *state;

        put(f, "p.service", "Proof=tcp:dies:1\nProof=tcp:pass:1\n");
        expect(f, "units.prove", P_UNIT, FRAME_ERROR, "ManagerFailed");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup_manager, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_kinds),
                TEST(test_commands),
                TEST(test_hang),
                TEST(test_many),
                TEST(test_units),
                TEST(test_manager_dies),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
