#!/bin/bash
# One master key in the data folders of all instances: `share-key FOLDER FOLDER…`. Makes it where there is none, copies
# it where one is missing, and changes none that is there: with another key, every head and sign-in is good for nothing.
set -euo pipefail
umask 077
have=
for folder in "$@"; do
    key=$folder/keys/master.key
    [ -e "$key" ] || continue
    have=${have:-$key}
    cmp -s "$have" "$key" || { echo "share-key: $have and $key differ: these are two schools" >&2; exit 1; }
done
for folder in "$@"; do
    key=$folder/keys/master.key
    [ -e "$key" ] && continue
    mkdir -p "$folder/keys"
    # Whole or not at all: a kill between the two leaves no half of a key.
    if [ -n "$have" ]; then cat "$have"; else head -c 32 /dev/urandom; fi >"$key.new"
    sync "$key.new"
    mv "$key.new" "$key"
    have=${have:-$key}
done
echo "share-key: $# folders have the same key"
