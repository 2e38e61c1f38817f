
# Release work: TYPE NAME. What nobody has claimed is no failure. Telling the others is yours, as ever: session-send-message.sh.
answer=$(coord release --no-announce --json -- "${1-}" "${2-}")
code=$?
case $answer in
'{"ok":true'*)
  printf '✅ Released: %s/%s\n' "$1" "$2"
  exit 0
  ;;
*'"code":"not_found"'*)
  printf '⚠️  No claim found for %s/%s\n' "$1" "$2"
  exit 0
  ;;
esac
explain
exit "$code"
