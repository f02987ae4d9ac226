import { present, textParam } from "@shared/search/params";

/** What is shown above the list. */
export const customDialogs = ["create", "openapi", "import"] as const;
export type CustomDialog = (typeof customDialogs)[number];

/** The list's filter and what is open above it, as they stand in the address. */
export interface CustomSearch {
  q?: string;
  open?: CustomDialog;
}

export function validateCustomSearch(search: Record<string, unknown>): CustomSearch {
  const open = customDialogs.find((dialog) => dialog === search["open"]);
  return { ...present({ q: textParam(search["q"]) }), ...(open === undefined ? {} : { open }) };
}
