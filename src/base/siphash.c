/* siphash.c -- see siphash.h.
 *
 * Four words of state take in eight bytes at a time, two rounds each; the last word holds what is left
 * over and the length; four more rounds end it.
 */
#include "base/siphash.h"

#define WORD_BYTES   8U
#define BLOCK_ROUNDS 2U
#define END_ROUNDS   4U

struct state {
    uint64_t a, b, c, d;
};

/* Up to eight bytes as a little-endian number. */
static uint64_t load_word(const uint8_t *bytes, size_t count)
{
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static void mix(struct state *state, unsigned rounds)
{
    for (; rounds > 0; rounds--) {
        state->a += state->b;
        state->c += state->d;
        state->b = rotate(state->b, 13) ^ state->a;
        state->d = rotate(state->d, 16) ^ state->c;
        state->a = rotate(state->a, 32);
        state->c += state->b;
        state->a += state->d;
        state->b = rotate(state->b, 17) ^ state->c;
        state->d = rotate(state->d, 21) ^ state->a;
        state->c = rotate(state->c, 32);
    }
}

static void take_word(struct state *state, uint64_t word)
{
    state->d ^= word;
    mix(state, BLOCK_ROUNDS);
    state->a ^= word;
}

uint64_t siphash(const uint8_t key[SIPHASH_KEY_BYTES], const uint8_t *bytes, size_t size)
{
    uint64_t low = load_word(key, WORD_BYTES);
    uint64_t high = load_word(key + WORD_BYTES, WORD_BYTES);
    /* The constants spell "somepseudorandomlygeneratedbytes". */
    struct state state = {
            .a = low ^ 0x736f6d6570736575U,
            .b = high ^ 0x646f72616e646f6dU,
            .c = low ^ 0x6c7967656e657261U,
            .d = high ^ 0x7465646279746573U,
    };
    size_t left = size;

    for (; left >= WORD_BYTES; left -= WORD_BYTES, bytes += WORD_BYTES)
        take_word(&state, load_word(bytes, WORD_BYTES));
    take_word(&state, load_word(bytes, left) | (uint64_t)size << 56);
    state.c ^= 0xff;
    mix(&state, END_ROUNDS);
    return state.a ^ state.b ^ state.c ^ state.d;
}
