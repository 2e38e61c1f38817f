
# Claim work: TYPE NAME. Exit 1 where somebody else has it.
answer=$(coord claim --json -- "${1-}" "${2-}")
code=$?
if [ "$code" = 0 ]; then
  printf '✅ Claimed: %s/%s\n' "$1" "$2"
  exit 0
fi
case $answer in *'"code":"held"'*)
  printf '⚠️  Already claimed by %s\n' "$(field claimed_by)"
  if [ -f "COORDINATION/claims/$1-$2.claim" ]; then
    printf 'Check COORDINATION/claims/%s-%s.claim\n' "$1" "$2"
  else
    echo 'Check: coord claims'
  fi
  ;;
esac
explain
exit "$code"
