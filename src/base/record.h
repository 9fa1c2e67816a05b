/* record.h -- numbers of a struct as a row of 8-byte numbers, little-endian, and back with each checked against its range. */
#ifndef RG_BASE_RECORD_H
#define RG_BASE_RECORD_H

#include <stddef.h>
#include <stdint.h>

typedef enum { RG_FIELD_REAL, RG_FIELD_UINT64, RG_FIELD_SIZE, RG_FIELD_INT } rg_field_kind;

/* One member of a struct, or an array of them. Reals may be anything, as a report's are; the others are 0 ... most. */
typedef struct {
    size_t offset;
    rg_field_kind kind;
    size_t count;
    uint64_t most;
} rg_field;

#define RG_REALS(type, member, count) { offsetof (type, member), RG_FIELD_REAL, count, 0 }
#define RG_REAL(type, member) RG_REALS (type, member, 1)
#define RG_UINT64S(type, member, count, most) { offsetof (type, member), RG_FIELD_UINT64, count, most }
#define RG_UINT64(type, member, most) RG_UINT64S (type, member, 1, most)
#define RG_SIZE(type, member, most) { offsetof (type, member), RG_FIELD_SIZE, 1, most }
#define RG_FLAG(type, member) { offsetof (type, member), RG_FIELD_INT, 1, 1 }

/* Bytes that the fields take. */
size_t rg_record_bytes (const rg_field *fields, size_t count);

/* Write the fields of an object to a block of rg_record_bytes. */
void rg_record_write (const rg_field *fields, size_t count, const void *object, void *block);

/* Read them; 0 where a number is out of its range: the object is then undefined. */
int rg_record_read (const rg_field *fields, size_t count, void *object, const void *block);

#endif /* RG_BASE_RECORD_H */
