/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The object on the bus, see front.h. */

#include "daemon/front.h"

#include "daemon/describe.h"
#include "daemon/request/request.h"

static int method_call(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        int r = request_new(userdata, m, /* open= */ false);

        return r < 0 ? r : 1;
}

static int method_open(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        int r = request_new(userdata, m, /* open= */ true);

        return r < 0 ? r : 1;
}

static int method_describe(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Service *service = userdata;
        int r;

        if (!service->contract) {
                r = describe(NULL, &service->contract);
                if (r < 0)
                        return r;
        }
        return sd_bus_reply_method_return(m, "s", service->contract);
}

static int property_version(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *reterr) {
        return sd_bus_message_append(reply, "s", VERSION);
}

static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Version", "s", property_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_METHOD_WITH_ARGS("Call", SD_BUS_ARGS("s", request, "ah", descriptors),
                SD_BUS_RESULT("s", reply, "ah", reply_descriptors), method_call, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Open", SD_BUS_ARGS("s", request, "ah", descriptors),
                SD_BUS_RESULT("h", stream), method_open, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Describe", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", contract), method_describe,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

int front_attach(Service *service) {
        return sd_bus_add_object_vtable(
                service->bus, &service->object, BUS_PATH, BUS_INTERFACE, manager_vtable, service);
}
