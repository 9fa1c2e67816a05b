# RG_TRY_LIBRARY(VARIABLE, LIBS, PROLOGUE, BODY, IF-NOT) -- set VARIABLE to LIBS if a program of the header's own names links with them.
AC_DEFUN([RG_TRY_LIBRARY], [
  AC_MSG_CHECKING([for $2])
  rg_saved_LIBS=$LIBS
  LIBS="$2 $LIBS"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([$3], [$4])], [AC_MSG_RESULT([yes]); $1="$2"], [AC_MSG_RESULT([no]); $5])
  LIBS=$rg_saved_LIBS
  AC_SUBST([$1])
])
