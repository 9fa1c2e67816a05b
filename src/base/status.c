/* status.c -- sentences for the statuses, messages and notes. */
#include <retrograde/status.h>

#include <stdarg.h>
#include <stdio.h>

const char *
rg_status_text (rg_status status)
{
    switch (status) {
#define RG_STATUS_AS_CASE(name, value, text) case name: return text;
        RG_STATUS_TABLE (RG_STATUS_AS_CASE)
#undef RG_STATUS_AS_CASE
    }
    return "unknown status";
}

rg_status
rg_fail (rg_message *message, rg_status status, const char *format, ...)
{
    if (message != NULL) {
        va_list arguments;
        va_start (arguments, format);
        vsnprintf (message->text, sizeof message->text, format, arguments);
        va_end (arguments);
        message->subject[0] = '\0';
        message->of_name = 0;
    }
    return status;
}

rg_status
rg_fail_about (rg_message *message, rg_status status, const char *subject, const char *format, ...)
{
    if (message != NULL) {
        va_list arguments;
        va_start (arguments, format);
        vsnprintf (message->text, sizeof message->text, format, arguments);
        va_end (arguments);
        snprintf (message->subject, sizeof message->subject, "%s", subject);
        message->of_name = 0;
    }
    return status;
}

rg_status
rg_set_subject (rg_message *message, rg_status status, const char *subject)
{
    if (message != NULL && status != RG_OK)
        snprintf (message->subject, sizeof message->subject, "%s", subject);
    return status;
}

void
rg_note (const rg_log *log, const char *format, ...)
{
    if (log == NULL || log->write == NULL)
        return;
    char text[512];
    va_list arguments;
    va_start (arguments, format);
    vsnprintf (text, sizeof text, format, arguments);
    va_end (arguments);
    log->write (log->user, text);
}
