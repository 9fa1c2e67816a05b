# RG_MPI_LINKS(IF-YES, IF-NO) -- whether a program links with MPI_CFLAGS and MPI_LIBS; these are cut to the library of MPI and its folder
# where that is enough. Some .pc files name what the library itself was linked with, which need not be installed (Ubuntu 24.04).
AC_DEFUN([RG_MPI_LINKS], [
  AC_MSG_CHECKING([how to link with MPI])
  rg_saved_CFLAGS=$CFLAGS
  rg_saved_LIBS=$LIBS
  rg_own=
  for rg_word in $MPI_LIBS; do
    case $rg_word in -L* | -lmpi* | -Wl,-rpath*) rg_own="$rg_own $rg_word" ;; esac
  done
  CFLAGS="$CFLAGS $MPI_CFLAGS"
  rg_links=no
  for rg_try in "$rg_own" "$MPI_LIBS"; do
    LIBS="$rg_try $rg_saved_LIBS"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([#include <mpi.h>], [return MPI_Init (0, 0);])], [rg_links=yes; MPI_LIBS=$rg_try; break])
  done
  CFLAGS=$rg_saved_CFLAGS
  LIBS=$rg_saved_LIBS
  AS_IF([test $rg_links = yes], [AC_MSG_RESULT([$MPI_LIBS]); $1], [AC_MSG_RESULT([no]); $2])
])
