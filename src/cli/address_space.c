/*
 * address_space.c -- OpenBLAS asks for a buffer of 128 MiB when it is loaded, before main, and where a limit on the address
 * space leaves no place for it, it asks for ever. This looks before: the functions of .preinit_array run before the libraries'
 * own, so it uses system calls alone. Linux only; elsewhere there is no such place to look from.
 */
#ifdef __linux__
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/cli.h"

enum { BUFFER = 129 << 20 };

__attribute__ ((no_sanitize ("address", "undefined", "thread"))) static void
look (int count, char **arguments, char **environment)
{
    static const char sentence[] = "retrograde: out of memory: BLAS takes 129 MiB of address space, and there is not as much "
                                   "(ulimit -v)\n";
    struct rlimit limit;
    (void) count, (void) arguments, (void) environment;
    if (syscall (SYS_prlimit64, 0, RLIMIT_AS, NULL, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return;
    const long place = syscall (SYS_mmap, NULL, BUFFER, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place != -1) {
        syscall (SYS_munmap, place, BUFFER);
        return;
    }
    (void) !syscall (SYS_write, STDERR_FILENO, sentence, sizeof sentence - 1);
    syscall (SYS_exit_group, EXIT_SYSTEM);
}

__attribute__ ((section (".preinit_array"), used)) static void (*const early) (int, char **, char **) = look;
#else
typedef int rg_nothing_to_look_at;
#endif
