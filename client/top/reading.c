/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What accounts and units use, see reading.h. */

#include "client/top/reading.h"

#include "client/message.h"
#include "client/reply.h"

static const char *const members[_TOP_VALUE_MAX] = {
        [TOP_CPU] = "cpu_usec",
        [TOP_MEMORY] = "memory",
        [TOP_TASKS] = "tasks",
        [TOP_IO_READ] = "io_read",
        [TOP_IO_WRITTEN] = "io_written",
};

void top_reading_done(TopReading *reading) {
        for (size_t i = 0; i < reading->n; i++) {
                free(reading->rows[i].account);
                free(reading->rows[i].unit);
        }
        free(reading->rows);
        *reading = (TopReading){};
}

static int add_row(
        TopReading *reading, const char *account, const char *unit, uint64_t now, json_object *o) {
        TopRow row = { .now = now };

        if (reading->n == reading->allocated) {
                size_t allocated = reading->allocated > 0 ? reading->allocated * 2 : 64;
                TopRow *grown = reallocarray(reading->rows, allocated, sizeof(TopRow));

                if (!grown)
                        return -ENOMEM;
                reading->rows = grown;
                reading->allocated = allocated;
        }

        for (size_t i = 0; i < _TOP_VALUE_MAX; i++) {
                row.values[i] = reply_u64(o, members[i], UINT64_MAX);
                row.known[i] = row.values[i] != UINT64_MAX;
        }
        row.account = strdup(account);
        row.unit = unit ? strdup(unit) : NULL;
        if (!row.account || (unit && !row.unit)) {
                free(row.account);
                free(row.unit);
                return -ENOMEM;
        }
        reading->rows[reading->n++] = row;
        return 0;
}

int top_reading_add(Client *c, Account *account, void *userdata) {
        json_object *units = reply_array(account->object, "units");
        uint64_t now = reply_u64(account->object, "now", 0);
        TopReading *reading = userdata;
        int r;

        /* Where some units are asked about there is no sum. */
        r = json_object_object_get_ex(account->object, members[TOP_CPU], NULL)
                ? add_row(reading, account->name, NULL, now, account->object)
                : 0;
        reading->n_units += reply_length(units);
        for (size_t i = 0; r >= 0 && i < reply_length(units); i++) {
                json_object *o = reply_item(units, i);

                r = add_row(reading, account->name, strempty(reply_string(o, "unit")), now, o);
        }
        reading->n_accounts++;
        return r < 0 ? message_errno(r) : EXIT_CODE_OK;
}

/* ---- order ---- */

/* The whole account stands before its units. */
static int compare_names(const void *a, const void *b) {
        const TopRow *x = a, *y = b;
        int r = strcmp(x->account, y->account);

        return r != 0 ? r : strcmp(strempty(x->unit), strempty(y->unit));
}

static int compare_numbers(bool known_x, double x, bool known_y, double y) {
        if (known_x != known_y)
                return known_x ? -1 : 1;
        return known_x && x != y ? (x > y ? -1 : 1) : 0;
}

static int compare_values(const TopRow *x, const TopRow *y, TopValue value) {
        return compare_numbers(
                x->known[value], (double) x->values[value], y->known[value], (double) y->values[value]);
}

static int compare_by_cpu(const void *a, const void *b) {
        const TopRow *x = a, *y = b;
        int r;

        r = compare_numbers(x->rated[TOP_CPU], x->rates[TOP_CPU], y->rated[TOP_CPU], y->rates[TOP_CPU]);
        /* What does nothing now is told apart by what it did. */
        if (r == 0)
                r = compare_values(x, y, TOP_CPU);
        return r != 0 ? r : compare_names(a, b);
}

static int compare_by_memory(const void *a, const void *b) {
        int r = compare_values(a, b, TOP_MEMORY);

        return r != 0 ? r : compare_names(a, b);
}

static int compare_by_tasks(const void *a, const void *b) {
        int r = compare_values(a, b, TOP_TASKS);

        return r != 0 ? r : compare_names(a, b);
}

static int compare_by_io(const void *a, const void *b) {
        const TopRow *x = a, *y = b;
        int r;

        r = compare_numbers(x->rated[TOP_IO_READ], x->rates[TOP_IO_READ] + x->rates[TOP_IO_WRITTEN],
                y->rated[TOP_IO_READ], y->rates[TOP_IO_READ] + y->rates[TOP_IO_WRITTEN]);
        return r != 0 ? r : compare_names(a, b);
}

void top_reading_sort(TopReading *reading, TopSort sort) {
        static int (*const functions[_TOP_SORT_MAX])(const void *, const void *) = {
                [TOP_SORT_CPU] = compare_by_cpu,
                [TOP_SORT_MEMORY] = compare_by_memory,
                [TOP_SORT_TASKS] = compare_by_tasks,
                [TOP_SORT_IO] = compare_by_io,
                [TOP_SORT_NAME] = compare_names,
        };

        if (reading->n > 0)
                qsort(reading->rows, reading->n, sizeof(TopRow), functions[sort]);
}

/* ---- rates ---- */

static void rate_row(TopRow *row, const TopRow *before) {
        double seconds;

        if (row->now <= before->now)
                return;
        seconds = (double) (row->now - before->now) / (double) USEC_PER_SEC;

        for (size_t i = 0; i < _TOP_VALUE_MAX; i++) {
                double unit = i == TOP_CPU ? (double) USEC_PER_SEC : 1.0;

                if (!row->known[i] || !before->known[i] || row->values[i] < before->values[i])
                        continue;
                row->rates[i] = (double) (row->values[i] - before->values[i]) / unit / seconds;
                row->rated[i] = true;
        }
}

void top_reading_rate(TopReading *reading, TopReading *before) {
        size_t j = 0;

        top_reading_sort(reading, TOP_SORT_NAME);
        top_reading_sort(before, TOP_SORT_NAME);

        for (size_t i = 0; i < reading->n; i++) {
                int r = 1;

                while (j < before->n) {
                        r = compare_names(before->rows + j, reading->rows + i);
                        if (r >= 0)
                                break;
                        j++;
                }
                if (j < before->n && r == 0)
                        rate_row(reading->rows + i, before->rows + j);
        }
}
