import { addMessages } from "../t";

/** The audit log. */
export const auditMessages = {
  "audit.title": "Audit Log",
  "audit.lead": "Who changed what, and when. Entries cannot be edited or removed.",
  "audit.what": "The audit log",
  "audit.caption": "Audit log entries, newest first",
  "audit.none": "Nothing has been changed yet",
  "audit.noneHint": "Every change by an administrator, a user, an API client or the system is listed here.",
  "audit.when": "When",
  "audit.who": "Who",
  "audit.action": "What",
  "audit.object": "Object",
  "audit.account": "Account",
  "audit.ip": "IP address",
  "audit.actor": "Actor",
  "audit.objectType": "Object type",
  "audit.from": "From",
  "audit.to": "To",
  "audit.export": "Export CSV",
  "audit.exporting": "Exporting, {done} of {total}",
  "audit.exported": { one: "{count} entry exported", other: "{count} entries exported" },
  "audit.exportFailed": "The export failed",
  "audit.filters": "Filters",
  "audit.actorType.Administrator": "Administrator",
  "audit.actorType.User": "User",
  "audit.actorType.Client": "API client",
  "audit.actorType.System": "System",
} as const;

addMessages(auditMessages);
