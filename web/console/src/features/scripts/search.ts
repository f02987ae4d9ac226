import { scriptEvents, type ScriptEvent } from "@shared/script/events";
import { choiceParam } from "@shared/search/params";

/** What the script is called for, as it stands in the address. */
export interface ScriptSearch {
  event?: ScriptEvent;
}

export function validateScriptSearch(search: Record<string, unknown>): ScriptSearch {
  const event = choiceParam(search["event"], scriptEvents);
  return event === undefined ? {} : { event };
}
