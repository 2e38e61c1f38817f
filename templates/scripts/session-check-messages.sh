
# Check for messages: the last five of each kind, and all that are new, which are then read. `coord inbox` shows just these.
command -v node >/dev/null 2>&1 || exec coord inbox
new=$(coord inbox --limit 1000 --json) || exit
all=$(coord inbox --all --peek --limit 1000000 --json) || exit
printf '%s\n%s\n' "$new" "$all" | node -e '
const lines = require("node:fs").readFileSync(0, "utf8").trim().split("\n")
const [fresh, all] = lines.map((line) => JSON.parse(line).messages)
const isNew = new Set(fresh.map(({ id }) => id))
const plain = (text) => String(text ?? "").replace(/[\p{Cc}\p{Cf}]/gu, (char) => (char === "\n" ? "\n  " : " "))
const show = (title, messages) => {
  console.log(title)
  for (const [at, { id, from, subject, message }] of messages.reverse().entries())
    if (at < 5 || isNew.has(id))
      console.log(`From: ${plain(from)}\nSubject: ${plain(subject)}\nMessage: ${plain(message)}\n---`)
}
show("=== BROADCAST MESSAGES ===", all.filter(({ to }) => to === "broadcast"))
show("\n=== DIRECT MESSAGES ===", all.filter(({ to }) => to !== "broadcast"))
'
