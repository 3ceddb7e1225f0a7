#!/bin/bash
# Whether the instance on this machine's own address answers: `healthy [ADDRESS:PORT]`. Bash alone, so that the image
# needs no program for it. It asks whether the process is alive, not whether its database is.
set -euo pipefail
address=${1:-${LOCKSTEP_LISTEN:-127.0.0.1:7117}}
exec 3<>"/dev/tcp/${address%:*}/${address##*:}"
printf 'GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
read -r -t 2 _ status _ <&3
[ "$status" = 200 ]
