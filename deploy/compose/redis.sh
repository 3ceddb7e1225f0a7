#!/bin/sh
# Redis that keeps nothing and knows one user, who may say and hear words of Lockstep and has no key. More settings may
# follow. The password comes from the environment, and its list of users stands in memory.
set -eu
umask 077
users=${LOCKSTEP_REDIS_USERS:-/tmp/users.acl}
printf 'user default off\nuser lockstep on >%s resetkeys resetchannels &lockstep:1:* -@all +publish +subscribe\n' \
    "$LOCKSTEP_REDIS_PASSWORD" >"$users"
exec redis-server --save '' --appendonly no --aclfile "$users" "$@"
