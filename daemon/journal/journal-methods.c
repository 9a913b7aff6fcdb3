/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of methods, see journal-methods.h. */

#include "daemon/journal/journal-methods.h"

#include <assert.h>

#include "daemon/journal/events-list.h"
#include "daemon/journal/history.h"
#include "daemon/journal/logs.h"
#include "daemon/journal/watch.h"

static const JournalMethod methods[] = {
        { .id = METHOD_EVENTS_LIST, .read = events_list },
        { .id = METHOD_EVENTS_WATCH, .serve = watch_serve },
        { .id = METHOD_HISTORY_LIST, .read = history_list },
        { .id = METHOD_LOGS_READ, .read = logs_read },
};

const JournalMethod *journal_method_find(MethodId id) {
        for (size_t i = 0; i < ELEMENTSOF(methods); i++)
                if (methods[i].id == id)
                        return methods + i;
        assert(false);
        return NULL;
}
