import { choiceParam, present, textParam } from "@shared/search/params";

/** The list of an account's connectors, and the wizard above it. */
export interface ConnectorListSearch {
  q?: string;
  /** The wizard is open: choosing, or installing this connector. */
  install?: "choose" | number;
}

export function validateConnectorListSearch(search: Record<string, unknown>): ConnectorListSearch {
  const install = search["install"];
  return {
    ...present({ q: textParam(search["q"]) }),
    ...(install === "choose" || (typeof install === "number" && Number.isInteger(install)) ? { install } : {}),
  };
}

/** What is shown of one connector. */
export interface ConnectorEditSearch {
  tab?: "methods";
  /** Unique identifier of the chosen method; it survives releases. */
  method?: string;
  view?: "test";
  /** The copied category in which the method is looked at. */
  object?: number;
}

export function validateConnectorEditSearch(search: Record<string, unknown>): ConnectorEditSearch {
  const tab = choiceParam(search["tab"], ["methods"] as const);
  const view = choiceParam(search["view"], ["test"] as const);
  const object = search["object"];
  return {
    ...present({ method: textParam(search["method"]) }),
    ...(tab === undefined ? {} : { tab }),
    ...(view === undefined ? {} : { view }),
    ...(typeof object === "number" && Number.isInteger(object) ? { object } : {}),
  };
}
