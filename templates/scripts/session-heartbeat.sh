
# Send a heartbeat: ACTION [TARGET] [PHASE]
action=${1:-working}
if [ $# -ge 3 ]; then
  coord heartbeat --quiet -- "$action" "$2" "$3"
elif [ $# -ge 2 ]; then
  coord heartbeat --quiet -- "$action" "$2"
else
  coord heartbeat --quiet -- "$action"
fi
