/* file.h -- all of a block to a place in a file, or from it, whatever interrupts. */
#ifndef RG_BASE_FILE_H
#define RG_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Write a block at an offset. Returns 0, or the error as errno has it. */
int rg_file_write (int file, const void *data, size_t bytes, uint64_t offset);

/* Read as much of a block as there is. Returns the bytes, or -1 with errno set. */
ssize_t rg_file_read (int file, void *out, size_t bytes, uint64_t offset);

#endif /* RG_BASE_FILE_H */
