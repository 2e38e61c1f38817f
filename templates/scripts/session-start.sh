
# Register this session. Flags of `coord start` may follow: --work "landing page", --name builder, --id session-001 …
id=$(coord start --quiet "$@") || exit
printf '✅ Session %s registered\n' "$id"
