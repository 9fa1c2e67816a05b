/* team.h -- a loop whose pieces are shared by the threads of a team. */
#ifndef RG_BASE_TEAM_H
#define RG_BASE_TEAM_H

#include <retrograde/team.h>

/*
 * One piece of work.
 *   user    the caller's
 *   index   which piece, 0 ... count - 1
 *   thread  who does it, 0 ... threads - 1: for workspaces. Two pieces done at once have different ones
 *   message written on failure only
 */
typedef rg_status rg_piece (void *user, size_t index, size_t thread, rg_message *message);

/*
 * Do all pieces 0 ... count - 1, each once, in any order. Nothing is allocated.
 *   team  NULL: the calling thread does them, in order
 * Returns RG_OK, or the status and message of the piece with the lowest index that fails;
 * pieces behind it may be left out. Not to be called from a piece.
 */
rg_status rg_team_each (rg_team *team, size_t count, rg_piece *piece, void *user, rg_message *message);

#endif /* RG_BASE_TEAM_H */
