
# View all sessions and claims. `coord status` tells more.
command -v node >/dev/null 2>&1 || exec coord status
answer=$(coord status --json) || exit
printf '%s\n' "$answer" | node -e '
const { sessions, claims } = JSON.parse(require("node:fs").readFileSync(0, "utf8"))
const say = (text) => console.log(text.replace(/[\p{Cc}\p{Cf}]+/gu, " "))
console.log("=== ACTIVE SESSIONS ===")
for (const { session_id, status, current_work, last_seen, last_heartbeat } of sessions)
  say(`${session_id}: ${status} - ${current_work ?? "idle"} (last: ${last_seen ?? last_heartbeat})`)
console.log("\n=== ACTIVE CLAIMS ===")
for (const { resource_type, resource_name, claimed_by } of claims)
  say(`${resource_type}: ${resource_name} (claimed by ${claimed_by})`)
'
