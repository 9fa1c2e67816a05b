/*
 * ranks_plugin.c -- finds the plug-in that knows MPI and lets this process join its job; see ranks.h.
 *
 * The library is not linked with MPI: who asks for ranks loads it, nobody else. The plug-in is looked for beside the
 * library itself, so that an installation may be moved, and then where it was to be installed.
 */
#include <retrograde/version.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_DLOPEN
#include <dlfcn.h>
#endif

#include "base/memory.h"
#include "base/ranks.h"

#ifdef HAVE_DLOPEN

enum { LONGEST_PATH = 4096 };

#define PLUGIN "retrograde-mpi.so"

/* The folder that the code of this library was loaded from, with a slash; "": unknown. */
static void
own_folder (char folder[LONGEST_PATH])
{
    folder[0] = '\0';
#ifdef HAVE_DLADDR
    static const char here = 0;
    Dl_info info;
    if (dladdr (&here, &info) != 0 && info.dli_fname != NULL && strlen (info.dli_fname) < LONGEST_PATH)
        strcpy (folder, info.dli_fname);
    char *slash = strrchr (folder, '/');
    if (slash != NULL)
        slash[1] = '\0';
    else
        folder[0] = '\0';
#endif
}

/* Write the path of the plug-in; 0: there is none. */
static int
find (char path[LONGEST_PATH])
{
    char own[LONGEST_PATH];
    own_folder (own);
    const char *const folders[][2] = { { own, "retrograde/" }, { own, "" }, { RG_PLUGIN_DIR, "/" } };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (folders[i][0][0] == '\0')
            continue;
        const int length = snprintf (path, LONGEST_PATH, "%s%s" PLUGIN, folders[i][0], folders[i][1]);
        if (length < LONGEST_PATH && access (path, R_OK) == 0)
            return 1;
    }
    return 0;
}

/* It stays loaded: MPI libraries leave behind what runs at the end of the process. */
static rg_status
load (const rg_ranks_plugin **out, const char *path, rg_message *message)
{
    void *plugin = dlopen (path, RTLD_NOW | RTLD_GLOBAL); /* Open MPI's parts look for the symbols of the whole */
    if (plugin == NULL)
        return rg_fail (message, RG_ESYSTEM, "the plug-in for ranks cannot be loaded: %s", dlerror ());
    *out = dlsym (plugin, RG_RANKS_PLUGIN_NAME);
    if (*out == NULL)
        return rg_fail (message, RG_EINPUT, "%s: this is no plug-in for ranks", path);
    if (strcmp ((*out)->version, RETROGRADE_VERSION) != 0)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: this plug-in is for version %.20s of the library, which is %s", path,
                        (*out)->version, RETROGRADE_VERSION);
    return RG_OK;
}

static rg_status
find_and_load (const rg_ranks_plugin **out, const char *path, rg_message *message)
{
    char found[LONGEST_PATH];
    if (path == NULL && !find (found))
        return rg_fail (message, RG_EUNSUPPORTED,
                        "several ranks need MPI, and its plug-in is not installed: there is no %s/%s; configure --with-mpi builds it",
                        RG_PLUGIN_DIR, PLUGIN);
    if (path != NULL && access (path, R_OK) != 0)
        return rg_fail (message, RG_EINPUT, "%s: there is no such plug-in for ranks", path);
    return load (out, path != NULL ? path : found, message);
}

#else

static rg_status
find_and_load (const rg_ranks_plugin **out, const char *path, rg_message *message)
{
    (void) out, (void) path;
    return rg_fail (message, RG_EUNSUPPORTED, "several ranks need a plug-in, and this system cannot load any");
}

#endif

rg_status
rg_ranks_start (rg_ranks **out, const char *plugin, rg_message *message)
{
    *out = NULL;
    const rg_ranks_plugin *found;
    rg_status status = find_and_load (&found, plugin, message);
    if (status != RG_OK)
        return status;
    rg_ranks *ranks = rg_calloc (1, sizeof *ranks);
    if (ranks == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the ranks");
    status = found->join (ranks, message);
    if (status != RG_OK)
        rg_free (ranks);
    else
        *out = ranks;
    return status;
}
