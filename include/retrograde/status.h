/* status.h -- what every fallible function of the library returns. */
#ifndef RETROGRADE_STATUS_H
#define RETROGRADE_STATUS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks what the shared library exports; everything else is hidden. */
#if defined __GNUC__
#define RG_API __attribute__ ((visibility ("default")))
#define RG_PRINTF(text, first) __attribute__ ((format (printf, text, first)))
#else
#define RG_API
#define RG_PRINTF(text, first)
#endif

/* One row per status: name, value, sentence for people. */
#define RG_STATUS_TABLE(ROW)                                              \
    ROW (RG_OK,            0,  "success")                                 \
    ROW (RG_ENOMEM,        1,  "out of memory")                           \
    ROW (RG_ERANGE,        2,  "argument is out of its range")            \
    ROW (RG_ESHAPE,        3,  "shapes of the arguments disagree")        \
    ROW (RG_EINPUT,        4,  "input is not valid")                      \
    ROW (RG_EUNSUPPORTED,  5,  "combination is not possible")             \
    ROW (RG_EOVERFLOW,     6,  "fixed-point value left its range")        \
    ROW (RG_ENONFINITE,    7,  "value is not finite")                     \
    ROW (RG_EIRREVERSIBLE, 8,  "the way back did not retrace the way out") \
    ROW (RG_ECALLBACK,     9,  "user callback failed")                    \
    ROW (RG_ESYSTEM,       10, "input, output or another system service failed") \
    ROW (RG_EINTERRUPTED,  11, "interrupted")

#define RG_STATUS_AS_ENUM(name, value, text) name = value,
typedef enum { RG_STATUS_TABLE (RG_STATUS_AS_ENUM) } rg_status;
#undef RG_STATUS_AS_ENUM

/* The sentence for a status; a static string, never NULL. */
RG_API const char *rg_status_text (rg_status status);

/*
 * The facts behind a failure (file, key, step, array ...) as one sentence. The
 * caller owns it; a function that takes a `rg_message *` writes it on failure
 * only, and accepts NULL from a caller that does not want it.
 */
typedef struct {
    char text[512];
    char subject[256]; /* what the sentence is about: an option, dotted ("layers.2.conv.filters"), or an argument; "": not said */
    int of_name;       /* whether it is about the option's name (it should not be there) instead of its value */
} rg_message;

/*
 * Write a formatted sentence (cut at the message's size, always terminated).
 *   message  [out] the message, or NULL
 *   status   what to return
 * Returns status, so that a failure is reported in one statement.
 */
RG_API rg_status rg_fail (rg_message *message, rg_status status, const char *format, ...)
    RG_PRINTF (3, 4);

/* The same, with what it is about: an option, or an argument of the function that fails. */
RG_API rg_status rg_fail_about (rg_message *message, rg_status status, const char *subject, const char *format, ...)
    RG_PRINTF (4, 5);

/* Say what a failure of a function below is about; nothing where it succeeded. Returns status. */
RG_API rg_status rg_set_subject (rg_message *message, rg_status status, const char *subject);

/*
 * Where warnings and notes go: the library never prints.
 *   write  receives one sentence without a newline; NULL drops them
 *   user   passed through
 */
typedef struct {
    void (*write) (void *user, const char *sentence);
    void *user;
} rg_log;

/* Format one sentence and hand it to log->write; log may be NULL. */
RG_API void rg_note (const rg_log *log, const char *format, ...) RG_PRINTF (2, 3);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_STATUS_H */
