#!/bin/sh
# commit.sh SOURCES HEADER: writes the commit of the sources into a header, unless it stands there already.
set -eu
commit=$(git -C "$1" describe --always --dirty --abbrev=12 2>/dev/null) || commit=unknown
line="#define ALTHING_COMMIT \"$commit\""
mkdir -p "$(dirname "$2")"
[ -r "$2" ] && [ "$(cat "$2")" = "$line" ] || printf '%s\n' "$line" >"$2"
