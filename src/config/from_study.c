/* from_study.c -- hyperparameters that begin where another study ended: see from_study.h. */
#define _POSIX_C_SOURCE 200809L

#include "config/from_study.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "config/parse.h"
#include "config/value.h"

enum { PATH = 4096 };

/* A key of the map, or NULL. */
static const char *
text_of (const rg_tree *tree, const char *init, const char *key)
{
    char path[RG_TREE_PATH];
    snprintf (path, sizeof path, "%.200s.%s", init, key);
    const rg_node *node = rg_tree_find (tree, path);
    return node != NULL && rg_node_kind_of (node) == RG_NODE_SCALAR ? rg_node_text (node) : NULL;
}

/* Only study, block and from, each a text. */
static rg_status
check_keys (const rg_tree *tree, const char *init, rg_message *message)
{
    static const char *const keys[] = { "study", "block", "from" };
    const rg_node *map = rg_tree_find (tree, init);
    for (size_t i = 0; i < rg_node_count (map); i++) {
        size_t k = 0;
        while (k < 3 && strcmp (keys[k], rg_node_key (map, i)) != 0)
            k++;
        if (k == 3 || rg_node_kind_of (rg_node_item (map, i)) != RG_NODE_SCALAR)
            return rg_tree_fail (tree, init, message, RG_EINPUT, "expected {study: DIR, block: NAME, from: best or last}, got %s",
                                 k == 3 ? rg_node_key (map, i) : "no text");
    }
    return text_of (tree, init, "study") != NULL ? RG_OK : rg_tree_fail (tree, init, message, RG_EINPUT, "expected {study: DIR, ...}");
}

/* Where the numbers are, beside the study; NULL: nowhere. The best is that of the study's folder best, where it has one. */
static const char *
folder_of (const char *study, const char *block, int best)
{
    static const char *const folders[] = { "best", "hyper" };
    char path[PATH];
    for (int i = best ? 0 : 1; i < 2; i++)
        if (snprintf (path, sizeof path, "%s/%s/%s.npy", study, folders[i], block) < PATH && access (path, F_OK) == 0)
            return folders[i];
    return NULL;
}

/* Put the file's name in the place of the map. */
static rg_status
put_file (rg_tree *tree, const char *init, const char *folder, const char *block)
{
    char name[PATH];
    rg_node *node = NULL;
    const rg_place place = rg_tree_place (tree, init, false), key_place = rg_tree_place (tree, init, true);
    if (snprintf (name, sizeof name, "%s/%s/%s.npy", text_of (tree, init, "study"), folder, block) >= PATH)
        return RG_EINPUT;
    rg_status status = rg_node_new (&node, RG_NODE_SCALAR, name, false, place);
    if (status == RG_OK)
        status = rg_tree_put (tree, init, node, key_place, NULL);
    if (status != RG_OK)
        rg_node_free (node);
    return status;
}

static rg_status
replace (rg_tree *tree, const char *entry, const char *init, rg_message *message)
{
    char key[RG_TREE_PATH], block[RG_TREE_KEY + 1];
    const rg_status checked = check_keys (tree, init, message);
    if (checked != RG_OK)
        return checked;
    const char *own = text_of (tree, entry, "name"), *other = text_of (tree, init, "block"), *from = text_of (tree, init, "from");
    snprintf (block, sizeof block, "%s", other != NULL ? other : own != NULL ? own : "");
    const int last = from != NULL && strcmp (from, "last") == 0;
    snprintf (key, sizeof key, "%.200s.study", init);
    if (from != NULL && !last && strcmp (from, "best") != 0)
        return rg_tree_fail (tree, init, message, RG_EINPUT, "from: expected best or last, got %.64s", from);
    if (strchr (block, '/') != NULL)
        return rg_tree_fail (tree, init, message, RG_EINPUT, "expected the name of a block, got %s", block);
    char *study;
    if (rg_tree_file_at (tree, key, &study) != RG_OK)
        return rg_fail (message, RG_ENOMEM, "out of memory");
    const char *folder = folder_of (study, block, !last);
    rg_status status = folder == NULL
        ? rg_tree_fail (tree, key, message, RG_EINPUT, "%s: there is no study with hyperparameters %s", study, block)
        : put_file (tree, init, folder, block);
    rg_free (study);
    return status;
}

rg_status
rg_config_from_studies (rg_tree *tree, rg_message *message)
{
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && i < rg_tree_count (tree, "hyper"); i++) {
        char entry[40], init[40];
        snprintf (entry, sizeof entry, "hyper.%zu", i);
        snprintf (init, sizeof init, "hyper.%zu.init", i);
        const rg_node *node = rg_tree_find (tree, init);
        if (node != NULL && rg_node_kind_of (node) == RG_NODE_MAP)
            status = replace (tree, entry, init, message);
    }
    return status;
}

/* ---- The optimizer's memory ------------------------------------------------------ */

/* Whether a text is the same in both, or in neither. */
static int
agree (const rg_tree *own, const rg_tree *other, const char *map, const char *key)
{
    const char *a = text_of (own, map, key), *b = text_of (other, map, key);
    return a == NULL || b == NULL ? a == b : strcmp (a, b) == 0;
}

static rg_status
compare (const rg_tree *own, const rg_tree *other, const char *study, rg_message *message)
{
    static const char *const keys[] = { "name", "per", "transform" };
    size_t differs = rg_tree_count (own, "hyper") != rg_tree_count (other, "hyper");
    for (size_t i = 0; !differs && i < rg_tree_count (own, "hyper"); i++) {
        char entry[40];
        snprintf (entry, sizeof entry, "hyper.%zu", i);
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            differs |= !agree (own, other, entry, keys[k]);
    }
    if (!agree (own, other, "outer", "optimizer"))
        return rg_tree_fail (own, "outer.memory", message, RG_EINPUT, "%s: its optimizer is another", study);
    return !differs ? RG_OK : rg_tree_fail (own, "outer.memory", message, RG_EINPUT, "%s: its hyperparameters are others", study);
}

rg_status
rg_config_check_memory (const rg_tree *tree, const char *study, rg_message *message)
{
    char path[PATH];
    rg_tree *other;
    rg_message reason = { "" };
    if (snprintf (path, sizeof path, "%s/config.yaml", study) >= PATH)
        return rg_tree_fail (tree, "outer.memory", message, RG_EINPUT, "the path is too long");
    rg_status status = rg_tree_read (&other, path, &reason);
    if (status != RG_OK)
        return rg_tree_fail (tree, "outer.memory", message, status, "%s", reason.text);
    status = compare (tree, other, study, message);
    rg_tree_free (other);
    return status;
}
