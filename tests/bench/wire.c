/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* D-Bus without a library, see wire.h. */

#include "tests/bench/wire.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MESSAGE_CALL   1
#define MESSAGE_RETURN 2
#define MESSAGE_ERROR  3

#define HEADER_SIZE 16

static void put(WireCall *call, const void *data, size_t size) {
        assert(call->size + size <= sizeof(call->data));
        memcpy(call->data + call->size, data, size);
        call->size += size;
}

void wire_align(WireCall *call, size_t alignment) {
        static const uint8_t zero[8];

        put(call, zero, (alignment - call->size % alignment) % alignment);
}

void wire_u32(WireCall *call, uint32_t value) {
        wire_align(call, 4);
        put(call, &value, sizeof(value));
}

void wire_string(WireCall *call, const char *value) {
        size_t n = strlen(value);

        wire_u32(call, (uint32_t) n);
        put(call, value, n + 1);
}

void wire_signature(WireCall *call, const char *value) {
        uint8_t n = (uint8_t) strlen(value);

        put(call, &n, 1);
        put(call, value, n + 1U);
}

size_t wire_array_begin(WireCall *call, size_t alignment) {
        size_t mark;

        wire_u32(call, 0);
        mark = call->size;
        wire_align(call, alignment);
        return mark;
}

/* The length does not count the padding before the first element. */
void wire_array_end(WireCall *call, size_t mark, size_t alignment) {
        size_t start = (mark + alignment - 1) / alignment * alignment;
        uint32_t n = (uint32_t) (call->size - start);

        memcpy(call->data + mark - 4, &n, sizeof(n));
}

static void header_string(WireCall *call, uint8_t code, const char *type, const char *value) {
        if (!value)
                return;
        wire_align(call, 8);
        put(call, &code, 1);
        wire_signature(call, type);
        if (type[0] == 'g')
                wire_signature(call, value);
        else
                wire_string(call, value);
}

void wire_call_begin(WireCall *call, uint32_t serial, const char *destination, const char *path,
        const char *interface, const char *member, const char *signature) {
        const uint8_t start[] = { 'l', MESSAGE_CALL, 0, 1, 0, 0, 0, 0 };
        size_t fields;

        call->size = 0;
        put(call, start, sizeof(start));
        wire_u32(call, serial);
        fields = wire_array_begin(call, 8);
        header_string(call, 1, "o", path);
        header_string(call, 2, "s", interface);
        header_string(call, 3, "s", member);
        header_string(call, 6, "s", destination);
        header_string(call, 8, "g", signature);
        wire_array_end(call, fields, 8);
        wire_align(call, 8);
        call->body = call->size;
}

void wire_call_end(WireCall *call) {
        uint32_t n = (uint32_t) (call->size - call->body);

        memcpy(call->data + 4, &n, sizeof(n));
}

static int write_all(int fd, const void *data, size_t size) {
        for (size_t done = 0; done < size;) {
                ssize_t n = send(fd, (const char *) data + done, size - done, MSG_NOSIGNAL);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                done += (size_t) n;
        }
        return 0;
}

int wire_send(int fd, const WireCall *call) {
        return write_all(fd, call->data, call->size);
}

static int read_all(int fd, void *data, size_t size) {
        for (size_t done = 0; done < size;) {
                ssize_t n = read(fd, (char *) data + done, size - done);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return -ECONNRESET;
                done += (size_t) n;
        }
        return 0;
}

/* The server's one line, which must be "OK". Byte by byte: what follows is a message. */
static int read_ok(int fd) {
        char line[128];

        for (size_t n = 0; n < sizeof(line); n++) {
                int r = read_all(fd, line + n, 1);

                if (r < 0)
                        return r;
                if (line[n] == '\n')
                        return n >= 3 && memcmp(line, "OK ", 3) == 0 ? 0 : -EACCES;
        }
        return -EBADMSG;
}

int wire_connect(const char *path, const WireCall *first) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        char uid[16], buffer[128];
        size_t size = 0;
        int fd, r;

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        if (connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0) {
                r = -errno;
                close(fd);
                return r;
        }

        buffer[size++] = '\0';
        size += (size_t) sprintf(buffer + size, "AUTH EXTERNAL ");
        snprintf(uid, sizeof(uid), "%u", geteuid());
        for (const char *p = uid; *p; p++)
                size += (size_t) sprintf(buffer + size, "%02x", (unsigned char) *p);
        size += (size_t) sprintf(buffer + size, "\r\nBEGIN\r\n");
        r = write_all(fd, buffer, size);
        if (r >= 0)
                r = read_ok(fd);
        /* Not before the answer: sd-bus, at the other end, would leave it in its buffer. */
        if (r >= 0)
                r = wire_send(fd, first);
        if (r < 0) {
                close(fd);
                return r;
        }
        return fd;
}

static uint32_t u32_at(const uint8_t *p) {
        uint32_t value;

        memcpy(&value, p, sizeof(value));
        return value;
}

int wire_read(int fd, WireReply *ret) {
        uint8_t header[HEADER_SIZE], *rest;
        uint32_t body, fields;
        size_t size, offset;
        int r;

        r = read_all(fd, header, sizeof(header));
        if (r < 0)
                return r;
        if (header[0] != 'l')
                return -EBADMSG;
        body = u32_at(header + 4);
        fields = u32_at(header + 12);
        offset = ((size_t) fields + 7) / 8 * 8;
        size = offset + body;
        rest = malloc(size + 1);
        if (!rest)
                return -ENOMEM;
        r = read_all(fd, rest, size);
        if (r >= 0) {
                *ret = (WireReply){ .type = header[1], .serial = u32_at(header + 8) };
                if (body > 4) {
                        size_t n = u32_at(rest + offset);

                        if (n < body - 4U && n < sizeof(ret->text))
                                memcpy(ret->text, rest + offset + 4, n);
                }
        }
        free(rest);
        return r;
}

int wire_ask(int fd, const WireCall *call, WireReply *ret) {
        int r;

        r = call ? wire_send(fd, call) : 0;
        while (r >= 0) {
                r = wire_read(fd, ret);
                if (r >= 0 && ret->type == MESSAGE_RETURN)
                        return 0;
                if (r >= 0 && ret->type == MESSAGE_ERROR)
                        return -EREMOTEIO;
        }
        return r;
}
