#!/bin/sh
# Prints which C compiler there is, with what it compiles for, or "none" where none can compile a program that includes libc's headers.
if printf '#include <sys/socket.h>\n#include <stdlib.h>\n' | cc -fsyntax-only -x c - 2>/dev/null; then
  printf '%s, %s\n' "$(cc --version | head -n 1)" "$(cc -dumpmachine)"
else
  echo none
fi
