import { choiceParam, present, textParam } from "@shared/search/params";
import { methodParts, tabs, type MethodPart, type Tab } from "./model/places";

/** What of the connector is shown, as it stands in the address. */
export interface BuilderSearch {
  tab?: Exclude<Tab, "settings">;
  /** Key of the method. */
  method?: string;
  part?: Exclude<MethodPart, "settings">;
  /** The account and its connector that test calls are made with. */
  account?: string;
  installed?: number;
}

export function validateBuilderSearch(search: Record<string, unknown>): BuilderSearch {
  const tab = choiceParam(search["tab"], tabs);
  const part = choiceParam(search["part"], methodParts);
  const installed = Number(search["installed"]);
  return {
    ...present({ method: textParam(search["method"]), account: textParam(search["account"]) }),
    ...(tab === undefined || tab === "settings" ? {} : { tab }),
    ...(part === undefined || part === "settings" ? {} : { part }),
    ...(Number.isInteger(installed) && installed > 0 ? { installed } : {}),
  };
}
