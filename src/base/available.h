/* available.h -- how much memory the machine has left for this process. */
#ifndef RG_BASE_AVAILABLE_H
#define RG_BASE_AVAILABLE_H

/*
 * Bytes: what the system says is available, at most what limits on the address space leave; INFINITY where nothing is known.
 * An estimate: others take and give meanwhile.
 */
double rg_memory_available (void);

#endif /* RG_BASE_AVAILABLE_H */
