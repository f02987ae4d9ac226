/** Events that a script may handle, in the order in which they happen to a call. */
export const scriptEvents = [
  "before_webhook",
  "after_webhook",
  "before_action",
  "after_action",
  "after_action_paging",
  "after_error",
  "action_condition",
  "before_oauth2_authorise",
  "before_oauth2_token",
  "after_oauth2_token",
  "before_oauth2_refresh",
  "after_oauth2_refresh",
] as const;

/** Name of an event, which is the name of its handler. */
export type ScriptEvent = (typeof scriptEvents)[number];

/** Where a script stands; not every event happens everywhere. */
export type ScriptLevel = "connector" | "method";

/** The events that a script of this level hears of. */
export function eventsAt(level: ScriptLevel): ScriptEvent[] {
  return scriptEvents.filter((event) =>
    event.includes("oauth2") ? level === "connector" : event !== "action_condition" || level === "method",
  );
}

/** Globals of every event. */
export const commonGlobals = [
  "cycle_variables",
  "cycle_step_id",
  "cycle_id",
  "cyclr_account_id",
  "external_account_id",
  "transaction_id",
  "script_parameters",
  "script_execution_context",
  "method_response_fields",
  "method_response_fields_in_use",
  "method_auth_value",
] as const;

/** Globals that an event has besides the common ones. */
const eventGlobals: Record<ScriptEvent, readonly string[]> = {
  before_webhook: [
    "method_endpoint",
    "method_request_headers",
    "method_request",
    "method_request_parameters",
    "method_response_headers",
    "method_response",
    "method_response_status",
  ],
  after_webhook: ["method_response"],
  before_action: [
    "method_request_headers",
    "method_request_parameters",
    "method_request",
    "method_request_mergefields",
    "method_endpoint",
    "action_data",
    "last_successful_run_date",
  ],
  after_action: [
    "method_endpoint",
    "method_request",
    "method_response_headers",
    "statusCode",
    "reasonPhrase",
    "method_request_mergefields",
    "method_response",
    "action_data",
  ],
  after_action_paging: [
    "method_request_headers",
    "method_request_parameters",
    "method_request_mergefields",
    "method_response",
    "next_last_successful_run_date",
    "action_data",
  ],
  after_error: ["method_error", "action_data"],
  action_condition: ["method_response", "action_data"],
  before_oauth2_authorise: ["method_endpoint"],
  before_oauth2_token: ["method_request_headers", "method_request", "method_endpoint"],
  after_oauth2_token: ["method_response"],
  before_oauth2_refresh: ["method_request_headers", "method_request", "method_endpoint"],
  after_oauth2_refresh: ["method_response"],
};

/** Every global that a handler of this event sees. */
export function globalsOf(event: ScriptEvent): string[] {
  return [...eventGlobals[event], ...commonGlobals];
}
