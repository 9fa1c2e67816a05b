# RG_TRY_CFLAG(VARIABLE, FLAG) -- append FLAG to VARIABLE if the compiler takes it.
AC_DEFUN([RG_TRY_CFLAG], [
  AC_MSG_CHECKING([whether $CC accepts $2])
  rg_saved_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror $2"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes]); $1="$$1 $2"], [AC_MSG_RESULT([no])])
  CFLAGS=$rg_saved_CFLAGS
])
