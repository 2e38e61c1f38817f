
# Send a message: TO SUBJECT [MESSAGE]. TO is "broadcast", a session, its name, or "human"; for one who is not there it waits.
if [ -n "${3-}" ]; then
  printf '%s' "$3" | coord send --quiet --to-unknown -- "${1-}" "${2-}" - || exit
else
  coord send --quiet --to-unknown -- "${1-}" "${2-}" || exit
fi
printf '✅ Message sent to %s\n' "$1"
