/* wire.h -- cursors over bytes with a sticky error.
 *
 * A reader or writer that has once gone past its end stays failed and does nothing more, so that a
 * sequence of steps needs one check at its end.  Numbers are in network order.  No allocation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct wire_reader {
    const uint8_t *bytes;
    size_t size;
    size_t at;
    bool failed;
};

struct wire_writer {
    uint8_t *bytes;
    size_t size;
    size_t at;
    bool failed;
};

static inline uint16_t wire_load16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint32_t wire_load32(const uint8_t *bytes)
{
    return (uint32_t)wire_load16(bytes) << 16 | wire_load16(bytes + 2);
}

static inline void wire_store16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static inline void wire_store32(uint8_t *bytes, uint32_t value)
{
    wire_store16(bytes, (uint16_t)(value >> 16));
    wire_store16(bytes + 2, (uint16_t)value);
}

/* Each takes the next bytes; 0 or NULL once the reader has failed. */
static inline const uint8_t *wire_read(struct wire_reader *reader, size_t length)
{
    if (reader->failed || length > reader->size - reader->at) {
        reader->failed = true;
        return NULL;
    }
    reader->at += length;
    return reader->bytes + reader->at - length;
}

static inline uint8_t wire_read8(struct wire_reader *reader)
{
    const uint8_t *bytes = wire_read(reader, 1);
    return bytes != NULL ? bytes[0] : 0;
}

static inline uint16_t wire_read16(struct wire_reader *reader)
{
    const uint8_t *bytes = wire_read(reader, 2);
    return bytes != NULL ? wire_load16(bytes) : 0;
}

static inline uint32_t wire_read32(struct wire_reader *reader)
{
    const uint8_t *bytes = wire_read(reader, 4);
    return bytes != NULL ? wire_load32(bytes) : 0;
}

/* Each appends; nothing once the writer has failed.  wire_reserve gives the place to fill. */
static inline uint8_t *wire_reserve(struct wire_writer *writer, size_t length)
{
    if (writer->failed || length > writer->size - writer->at) {
        writer->failed = true;
        return NULL;
    }
    writer->at += length;
    return writer->bytes + writer->at - length;
}

static inline void wire_write(struct wire_writer *writer, const void *from, size_t length)
{
    uint8_t *to = wire_reserve(writer, length);
    if (to != NULL && length > 0)
        memcpy(to, from, length);
}

static inline void wire_write8(struct wire_writer *writer, uint8_t value)
{
    wire_write(writer, &value, 1);
}

static inline void wire_write16(struct wire_writer *writer, uint16_t value)
{
    uint8_t *to = wire_reserve(writer, 2);
    if (to != NULL)
        wire_store16(to, value);
}

static inline void wire_write32(struct wire_writer *writer, uint32_t value)
{
    uint8_t *to = wire_reserve(writer, 4);
    if (to != NULL)
        wire_store32(to, value);
}
