/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The object on the bus: /org/userunit1 with the interface org.userunit1.Manager. It is thin: a call becomes
 * a request (daemon/request/request.h), and everything else that can be asked is constant.
 */

#include "daemon/service.h"

/* Puts the object on the service's bus connection. Negative errno of sd-bus. */
int front_attach(Service *service);
