/*
 * integer.c -- the entropy buffer as the definition says it: one integer h >= 0 a
 * parameter, any ratio. Limbs are our own and only mpn_ functions work on them,
 * so that running out of memory is a status (GMP's own numbers abort). h starts at
 * half a limb, 2^32: from 0 it would fill log2(d) bits at once and dither badly at first.
 */
#include <math.h>

#include <gmp.h>

#include "base/memory.h"
#include "exact/kind.h"

typedef struct {
    mp_limb_t *limbs; /* the lowest first; NULL until the first use: h is at its start */
    size_t size;      /* in use, the highest of them not 0; 0 for h = 0 */
    size_t capacity;
} number;

typedef struct {
    size_t count;
    number numbers[];
} integers;

#define START ((mp_limb_t) 1 << GMP_NUMB_BITS / 2)


/* A new number's limbs fill one aligned block. */
enum { FIRST_CAPACITY = RG_ALIGNMENT / sizeof (mp_limb_t) };

static rg_status
create (void **state, size_t count)
{
    *state = NULL;
    if (count > (SIZE_MAX - sizeof (integers)) / sizeof (number))
        return RG_ENOMEM;
    integers *own = rg_calloc (1, sizeof *own + count * sizeof (number));
    if (own == NULL)
        return RG_ENOMEM;
    own->count = count;
    *state = own;
    return RG_OK;
}

static void
reset (void *state)
{
    integers *own = state;
    for (size_t i = 0; i < own->count; i++) {
        rg_free (own->numbers[i].limbs);
        own->numbers[i] = (number){ NULL, 0, 0 };
    }
}

static void
free_state (void *state)
{
    reset (state);
    rg_free (state);
}

/* Nothing can go: h mod n sees all of h. */
static void
forget (void *state)
{
    (void) state;
}

static rg_ratio
ratio_of (const rg_decays *decays, size_t i)
{
    if (decays->each != NULL)
        return decays->each[i];
    return decays->n != NULL ? (rg_ratio){ decays->n[i], decays->ratio.d } : decays->ratio;
}

static rg_status
check (const rg_decays *decays, size_t size, int ratio_bits)
{
    (void) ratio_bits;
    const size_t different = decays->each == NULL && decays->n == NULL ? 1 : size;
    for (size_t i = 0; i < different; i++) {
        const rg_ratio ratio = ratio_of (decays, i);
        if (ratio.n < 1 || ratio.n > ratio.d || ratio.d > UINT32_MAX)
            return RG_ERANGE;
    }
    return RG_OK;
}

/* Room for `size` limbs. */
static rg_status
reserve (number *h, size_t size)
{
    if (size <= h->capacity)
        return RG_OK;
    const size_t half_more = h->capacity + h->capacity / 2;
    const size_t least = half_more > FIRST_CAPACITY ? half_more : FIRST_CAPACITY;
    const size_t capacity = size > least ? size : least;
    mp_limb_t *limbs = rg_grow (h->limbs, h->size * sizeof *limbs, capacity, sizeof *limbs);
    if (limbs == NULL)
        return RG_ENOMEM;
    if (h->limbs == NULL) {
        limbs[0] = START;
        h->size = 1;
    }
    h->limbs = limbs;
    h->capacity = capacity;
    return RG_OK;
}

/* One limb more for the product, one for the carry: reserved for all before any is changed. */
static rg_status
reserve_range (number *numbers, size_t size)
{
    rg_status status = RG_OK;
    for (size_t i = 0; i < size && status == RG_OK; i++)
        status = reserve (numbers + i, numbers[i].size + 2);
    return status;
}

/* h <- h div n; returns h mod n. */
static uint64_t
take_digit (number *h, uint64_t n)
{
    if (h->size == 0)
        return 0;
    const mp_limb_t digit
        = mpn_divrem_1 (h->limbs, 0, h->limbs, (mp_size_t) h->size, (mp_limb_t) n);
    h->size -= h->limbs[h->size - 1] == 0;
    return digit;
}

/* h <- h d + digit, digit < d. */
static void
put_digit (number *h, uint64_t d, uint64_t digit)
{
    mp_limb_t carry = (mp_limb_t) digit;
    if (h->size != 0) {
        carry = mpn_mul_1 (h->limbs, h->limbs, (mp_size_t) h->size, (mp_limb_t) d);
        carry += mpn_add_1 (h->limbs, h->limbs, (mp_size_t) h->size, (mp_limb_t) digit);
    }
    if (carry != 0)
        h->limbs[h->size++] = carry;
}

/* c = quotient d + rest, 0 <= rest < d. */
static int64_t
floor_divide (int64_t c, uint64_t d, uint64_t *rest)
{
    const int64_t divisor = (int64_t) d, remainder = c % divisor;
    *rest = (uint64_t) (remainder < 0 ? remainder + divisor : remainder);
    return c / divisor - (remainder < 0);
}

static rg_status
multiply (void *state, size_t range, size_t size, const rg_decays *decays, int64_t *c)
{
    number *numbers = ((integers *) state)->numbers + range * RG_BUFFER_RANGE;
    if (reserve_range (numbers, size) != RG_OK)
        return RG_ENOMEM;
    for (size_t i = 0; i < size; i++) {
        const rg_ratio ratio = ratio_of (decays, i);
        uint64_t r;
        const int64_t q = floor_divide (c[i], ratio.d, &r);
        const uint64_t x = r * ratio.n + take_digit (numbers + i, ratio.n);
        c[i] = q * (int64_t) ratio.n + (int64_t) (x / ratio.d);
        put_digit (numbers + i, ratio.d, x % ratio.d);
    }
    return RG_OK;
}

/* Results from -limit to limit, and somewhat beyond: the caller checks them. */
static rg_status
divide_within (int64_t limit, void *state, size_t range, size_t size, const rg_decays *decays, int64_t *c)
{
    number *numbers = ((integers *) state)->numbers + range * RG_BUFFER_RANGE;
    if (reserve_range (numbers, size) != RG_OK)
        return RG_ENOMEM;
    for (size_t i = 0; i < size; i++) {
        const rg_ratio ratio = ratio_of (decays, i);
        uint64_t m;
        const int64_t q = floor_divide (c[i], ratio.n, &m);
        const int64_t largest = limit / (int64_t) ratio.d + 1;
        if (q > largest || q < -largest)
            return RG_EIRREVERSIBLE;
        const uint64_t x = m * ratio.d + take_digit (numbers + i, ratio.d);
        c[i] = q * (int64_t) ratio.d + (int64_t) (x / ratio.n);
        put_digit (numbers + i, ratio.n, x % ratio.n);
    }
    return RG_OK;
}

static rg_status
divide (void *state, size_t range, size_t size, const rg_decays *decays, int64_t *c)
{
    return divide_within (RG_FIXED_LIMIT, state, range, size, decays, c);
}

static rg_status
divide_large (void *state, size_t range, size_t size, const rg_decays *decays, int64_t *c)
{
    return divide_within (RG_LARGE_LIMIT, state, range, size, decays, c);
}

/* The limbs to read, for a number that may not have been used. */
static number
view (const number *h, mp_limb_t *start)
{
    *start = START;
    return h->limbs != NULL ? *h : (number){ start, 1, 0 };
}

/* log2 of max (h, 1), from its two highest limbs. */
static double
log2_of (const number *h)
{
    if (h->size == 0)
        return 0;
    const double base = ldexp (1, GMP_NUMB_BITS);
    const double below = h->size > 1 ? (double) h->limbs[h->size - 2] / base : 0;
    return log2 ((double) h->limbs[h->size - 1] + below) + (double) (h->size - 1) * GMP_NUMB_BITS;
}

static double
bits (const void *state)
{
    const integers *own = state;
    double sum = 0;
    for (size_t i = 0; i < own->count; i++)
        if (own->numbers[i].limbs != NULL)
            sum += log2_of (own->numbers + i) - GMP_NUMB_BITS / 2;
    return sum;
}

static size_t
bytes (const void *state)
{
    const integers *own = state;
    size_t sum = sizeof *own + own->count * sizeof (number);
    for (size_t i = 0; i < own->count; i++)
        sum += own->numbers[i].capacity * sizeof (mp_limb_t);
    return sum;
}

static int
is_start (const void *state)
{
    const integers *own = state;
    for (size_t i = 0; i < own->count; i++)
        if (own->numbers[i].limbs != NULL && (own->numbers[i].size != 1 || own->numbers[i].limbs[0] != START))
            return 0;
    return 1;
}

static uint64_t
digest (const void *state, size_t range)
{
    const integers *own = state;
    uint64_t sum = 0;
    for (size_t i = range * RG_BUFFER_RANGE; i < own->count && i < (range + 1) * RG_BUFFER_RANGE; i++) {
        mp_limb_t start;
        const number h = view (own->numbers + i, &start);
        const uint64_t size = h.size;
        sum = rg_digest (sum, &size, sizeof size);
        sum = rg_digest (sum, h.limbs, h.size * sizeof (mp_limb_t));
    }
    return sum;
}

static size_t
saved_bytes (const void *state, int words)
{
    const integers *own = state;
    size_t sum = own->count * sizeof (uint64_t);
    (void) words;
    for (size_t i = 0; i < own->count; i++)
        sum += (own->numbers[i].limbs == NULL ? 1 : own->numbers[i].size) * sizeof (mp_limb_t);
    return sum;
}

static void
save (const void *state, int words, rg_writer *writer)
{
    const integers *own = state;
    (void) words;
    for (size_t i = 0; i < own->count; i++) {
        mp_limb_t start;
        const number h = view (own->numbers + i, &start);
        const uint64_t size = h.size;
        rg_write (writer, &size, sizeof size);
        rg_write (writer, h.limbs, h.size * sizeof (mp_limb_t));
    }
}

static rg_status
load_number (number *h, rg_reader *reader)
{
    uint64_t size;
    if (rg_read (reader, &size, sizeof size) != RG_OK || size > reader->left / sizeof (mp_limb_t))
        return RG_EINPUT;
    if (reserve (h, (size_t) size + 1) != RG_OK)
        return RG_ENOMEM;
    h->size = (size_t) size;
    if (size == 0)
        return RG_OK;
    rg_read (reader, h->limbs, h->size * sizeof (mp_limb_t));
    return h->limbs[h->size - 1] != 0 ? RG_OK : RG_EINPUT;
}

static rg_status
load (void *state, int words, rg_reader *reader)
{
    integers *own = state;
    rg_status status = RG_OK;
    (void) words;
    for (size_t i = 0; i < own->count && status == RG_OK; i++)
        status = load_number (own->numbers + i, reader);
    return status;
}

/* The two limits share all but the way back: one list. */
#define INTEGER(large, divide)                                                                          \
    { "integer", 0,    large, create,   free_state, reset,       forget, check, multiply,               \
      divide,    bits, bytes, is_start, digest,     saved_bytes, save,   load, NULL }

const rg_kind rg_kind_integer = INTEGER (0, divide);
const rg_kind rg_kind_integer_large = INTEGER (1, divide_large);
