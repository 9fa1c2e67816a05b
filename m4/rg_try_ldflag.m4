# RG_TRY_LDFLAG(VARIABLE, FLAG-TO-TRY, FLAG) -- append FLAG to VARIABLE if the linker takes FLAG-TO-TRY.
AC_DEFUN([RG_TRY_LDFLAG], [
  AC_MSG_CHECKING([whether the linker accepts $2])
  rg_saved_LDFLAGS=$LDFLAGS
  LDFLAGS="$LDFLAGS $2"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes]); $1="$$1 $3"], [AC_MSG_RESULT([no])])
  LDFLAGS=$rg_saved_LDFLAGS
])
