/* check_ranks.c -- the plug-in that knows MPI: what is said where it is not there, or is not it. */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ranks.h"

/* A file of the build; skipped where this suite does not know where that is, or where nothing shared is built. */
static int
built (char path[4096], const char *name)
{
    const char *build = getenv ("BUILDDIR");
    snprintf (path, 4096, "%s/%s", build == NULL ? "." : build, name);
    FILE *file = fopen (path, "r");
    if (file != NULL)
        fclose (file);
    return file != NULL;
}

static void
refused (const char *path, rg_status status, const char *sentence)
{
    rg_ranks *ranks;
    rg_message message = { "" };
    ck_assert_int_eq (rg_ranks_start (&ranks, path, &message), status);
    ck_assert_ptr_null (ranks);
    ck_assert_msg (strstr (message.text, sentence) != NULL, "%s", message.text);
}

START_TEST (a_plugin_that_is_not_there_is_named)
{
    refused ("/nowhere/plug.so", RG_EINPUT, "/nowhere/plug.so: there is no such plug-in");
}
END_TEST

START_TEST (a_text_is_not_loaded)
{
    char path[4096];
    if (built (path, "Makefile"))
        refused (path, RG_ESYSTEM, "cannot be loaded");
}
END_TEST

START_TEST (another_library_is_no_plugin)
{
    char path[4096];
    if (built (path, ".libs/libretrograde.so"))
        refused (path, RG_EINPUT, "this is no plug-in for ranks");
}
END_TEST

START_TEST (a_plugin_of_another_version_is_refused)
{
    char path[4096];
    if (built (path, "tests/.libs/other_plugin.so"))
        refused (path, RG_EUNSUPPORTED, "for version 0.0.0 of the library");
}
END_TEST

START_TEST (nobody_is_one_rank)
{
    int of_first = 0;
    rg_ranks_abort (NULL, 1);
    rg_ranks_free (NULL);
    ck_assert_uint_eq (rg_ranks_index (NULL), 0);
    ck_assert_uint_eq (rg_ranks_count (NULL), 1);
    ck_assert_int_eq (rg_ranks_agree (NULL, RG_ESHAPE, NULL), RG_ESHAPE);
    ck_assert_int_eq (rg_ranks_meet (NULL, 7, 1, &of_first), 1);
    ck_assert_int_eq (of_first, 7);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("ranks");
    TCase *c = tcase_create ("plug-in");
    tcase_add_test (c, a_plugin_that_is_not_there_is_named);
    tcase_add_test (c, a_text_is_not_loaded);
    tcase_add_test (c, another_library_is_no_plugin);
    tcase_add_test (c, a_plugin_of_another_version_is_refused);
    tcase_add_test (c, nobody_is_one_rank);
    suite_add_tcase (suite, c);
    return run_suite (suite);
}
