/* file.c -- see file.h. */
#include "base/file.h"

#include <errno.h>
#include <unistd.h>

int
rg_file_write (int file, const void *data, size_t bytes, uint64_t offset)
{
    for (const char *at = data; bytes > 0;) {
        const ssize_t done = pwrite (file, at, bytes, (off_t) offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? errno : ENOSPC;
        at += done;
        bytes -= (size_t) done;
        offset += (uint64_t) done;
    }
    return 0;
}

ssize_t
rg_file_read (int file, void *out, size_t bytes, uint64_t offset)
{
    size_t sum = 0;
    while (sum < bytes) {
        const ssize_t done = pread (file, (char *) out + sum, bytes - sum, (off_t) (offset + sum));
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        if (done == 0)
            break;
        sum += (size_t) done;
    }
    return (ssize_t) sum;
}
