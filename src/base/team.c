/*
 * team.c -- a pool of threads; see team.h.
 *
 * A job is open while pieces are left. One word, the gate, holds its number, whether it is open, and how many
 * workers are inside; a worker enters by adding 1 to it while it is open, so that nobody waits for one that the system
 * has not woken yet. Those who wait look at the gate for some microseconds before they sleep, unless there
 * are more threads than processors.
 */
#include "base/team.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/processor.h"
#include "base/ranks.h"

enum { SPINS = 4000 };

/* The gate: workers inside (16 bits), open (1 bit), number of the job. */
#define INSIDE UINT64_C (0xffff)
#define OPEN UINT64_C (0x10000)
#define NEXT_JOB UINT64_C (0x20000)
#define JOB(gate) ((gate) / NEXT_JOB)

/* The first failure that a thread met. */
typedef struct {
    alignas (RG_ALIGNMENT) size_t index;
    rg_status status;
    rg_message message;
} failure;

typedef struct {
    rg_team *team;
    size_t index;
    pthread_t id;
} worker;

struct rg_team {
    size_t threads;
    int spins;
    rg_ranks *ranks;
    worker *worker;   /* [threads]; 0 is the caller */
    failure *failure; /* [threads] */
    rg_piece *piece;
    void *user;
    size_t count;
    pthread_mutex_t mutex;
    pthread_cond_t wake, left; /* a job was opened or the team ends; the last worker has left a closed job */
    alignas (RG_ALIGNMENT) atomic_uint_least64_t gate;
    atomic_int ending, sleepers, caller_sleeps;
    alignas (RG_ALIGNMENT) atomic_size_t next;
};

static inline void
pause_briefly (void)
{
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause ();
#endif
}

/* Take pieces until none is left. After a failure no more are handed out: those before it all have been. */
static void
work (rg_team *team, size_t thread)
{
    failure *f = &team->failure[thread];
    for (size_t i; (i = atomic_fetch_add_explicit (&team->next, 1, memory_order_relaxed)) < team->count;) {
        const rg_status status = team->piece (team->user, i, thread, &f->message);
        if (status == RG_OK)
            continue;
        f->status = status;
        f->index = i;
        atomic_store_explicit (&team->next, team->count, memory_order_relaxed);
        return;
    }
}

/* Whether a worker has got into a job other than the last it was in. */
static int
enter (rg_team *team, uint64_t *last)
{
    uint64_t gate = atomic_load (&team->gate);
    while ((gate & OPEN) != 0 && JOB (gate) != *last)
        if (atomic_compare_exchange_weak (&team->gate, &gate, gate + 1)) {
            *last = JOB (gate);
            return 1;
        }
    return 0;
}

static void
leave (rg_team *team)
{
    const uint64_t gate = atomic_fetch_sub (&team->gate, 1) - 1;
    if ((gate & (OPEN | INSIDE)) != 0 || !atomic_load (&team->caller_sleeps))
        return;
    pthread_mutex_lock (&team->mutex);
    pthread_cond_signal (&team->left);
    pthread_mutex_unlock (&team->mutex);
}

/* Wait for a job; 0: the team ends. */
static int
await_job (rg_team *team, uint64_t *last)
{
    for (int i = 0; i < team->spins && !atomic_load_explicit (&team->ending, memory_order_relaxed); i++) {
        if (enter (team, last))
            return 1;
        pause_briefly ();
    }
    int entered = 0;
    pthread_mutex_lock (&team->mutex);
    atomic_fetch_add (&team->sleepers, 1);
    while (!atomic_load (&team->ending) && !(entered = enter (team, last)))
        pthread_cond_wait (&team->wake, &team->mutex);
    atomic_fetch_sub (&team->sleepers, 1);
    pthread_mutex_unlock (&team->mutex);
    return entered;
}

static void *
run_worker (void *self)
{
    const worker *w = self;
    uint64_t last = 0;
    while (await_job (w->team, &last)) {
        work (w->team, w->index);
        leave (w->team);
    }
    return NULL;
}

static int
is_busy (rg_team *team)
{
    return (atomic_load (&team->gate) & INSIDE) != 0;
}

/* Wait until no worker is inside the closed job. */
static void
await_workers (rg_team *team)
{
    for (int i = 0; i < team->spins && is_busy (team); i++)
        pause_briefly ();
    if (!is_busy (team))
        return;
    pthread_mutex_lock (&team->mutex);
    atomic_store (&team->caller_sleeps, 1);
    while (is_busy (team))
        pthread_cond_wait (&team->left, &team->mutex);
    atomic_store (&team->caller_sleeps, 0);
    pthread_mutex_unlock (&team->mutex);
}

static rg_status
alone (size_t count, rg_piece *piece, void *user, rg_message *message)
{
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && i < count; i++)
        status = piece (user, i, 0, message);
    return status;
}

/* The failure with the lowest index. */
static rg_status
first_failure (const rg_team *team, rg_message *message)
{
    const failure *first = NULL;
    for (size_t i = 0; i < team->threads; i++)
        if (team->failure[i].status != RG_OK && (first == NULL || team->failure[i].index < first->index))
            first = &team->failure[i];
    if (first == NULL)
        return RG_OK;
    if (message != NULL)
        *message = first->message;
    return first->status;
}

rg_status
rg_team_each (rg_team *team, size_t count, rg_piece *piece, void *user, rg_message *message)
{
    if (team == NULL || team->threads == 1 || count < 2)
        return alone (count, piece, user, message);
    team->piece = piece;
    team->user = user;
    team->count = count;
    for (size_t i = 0; i < team->threads; i++)
        team->failure[i].status = RG_OK;
    atomic_store_explicit (&team->next, 0, memory_order_relaxed);
    atomic_fetch_add (&team->gate, NEXT_JOB + OPEN);
    if (atomic_load (&team->sleepers) > 0) {
        pthread_mutex_lock (&team->mutex);
        pthread_cond_broadcast (&team->wake);
        pthread_mutex_unlock (&team->mutex);
    }
    work (team, 0);
    atomic_fetch_sub (&team->gate, OPEN);
    await_workers (team);
    return first_failure (team, message);
}

static void
end_workers (rg_team *team, size_t running)
{
    pthread_mutex_lock (&team->mutex);
    atomic_store (&team->ending, 1);
    pthread_cond_broadcast (&team->wake);
    pthread_mutex_unlock (&team->mutex);
    for (size_t i = 1; i < running; i++)
        pthread_join (team->worker[i].id, NULL);
}

/* Start the workers; signals stay with the caller. Returns how many threads there are then. */
static size_t
start_workers (rg_team *team)
{
    sigset_t all, before;
    size_t running = 1;
    sigfillset (&all);
    pthread_sigmask (SIG_SETMASK, &all, &before);
    for (; running < team->threads; running++) {
        team->worker[running] = (worker) { .team = team, .index = running };
        if (pthread_create (&team->worker[running].id, NULL, run_worker, &team->worker[running]) != 0)
            break;
    }
    pthread_sigmask (SIG_SETMASK, &before, NULL);
    return running;
}

static void
discard (rg_team *team)
{
    rg_free (team->worker);
    rg_free (team->failure);
    rg_free (team);
}

rg_status
rg_team_new (rg_team **out, size_t threads, rg_message *message)
{
    *out = NULL;
    if (threads < 1 || threads > RG_MOST_THREADS)
        return rg_fail (message, RG_ERANGE, "expected 1 to %d threads, got %zu", RG_MOST_THREADS, threads);
    rg_team *team = rg_calloc (1, sizeof *team);
    if (team == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for %zu threads", threads);
    team->threads = threads;
    team->spins = threads > rg_processor_count () ? 0 : SPINS;
    team->worker = rg_calloc (threads, sizeof *team->worker);
    team->failure = rg_calloc (threads, sizeof *team->failure);
    if (team->worker == NULL || team->failure == NULL) {
        discard (team);
        return rg_fail (message, RG_ENOMEM, "out of memory for %zu threads", threads);
    }
    pthread_mutex_init (&team->mutex, NULL);
    pthread_cond_init (&team->wake, NULL);
    pthread_cond_init (&team->left, NULL);
    const size_t running = start_workers (team);
    *out = team;
    if (running == threads)
        return RG_OK;
    team->threads = running;
    rg_team_free (team);
    *out = NULL;
    return rg_fail (message, RG_ESYSTEM, "expected as many threads as the system gives, got %zu: only %zu started",
                    threads, running);
}

void
rg_team_free (rg_team *team)
{
    if (team == NULL)
        return;
    end_workers (team, team->threads);
    pthread_cond_destroy (&team->left);
    pthread_cond_destroy (&team->wake);
    pthread_mutex_destroy (&team->mutex);
    discard (team);
}

size_t
rg_team_threads (const rg_team *team)
{
    return team == NULL ? 1 : team->threads;
}

void
rg_team_join (rg_team *team, rg_ranks *ranks)
{
    team->ranks = ranks;
}

rg_ranks *
rg_team_ranks (const rg_team *team)
{
    return team == NULL ? NULL : team->ranks;
}
