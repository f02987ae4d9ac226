import { choiceParam, present, textParam } from "@shared/search/params";

/** What may be open above the library. */
const dialogs = ["create", "import", "folder"] as const;

/** The filter of the template library and what is open above it. */
export interface TemplatesSearch {
  q?: string;
  tag?: string;
  /** The open folder; the root when left out. */
  folder?: string;
  open?: (typeof dialogs)[number];
}

export function validateTemplatesSearch(search: Record<string, unknown>): TemplatesSearch {
  const open = choiceParam(search["open"], dialogs);
  return {
    ...present({ q: textParam(search["q"]), tag: textParam(search["tag"]), folder: textParam(search["folder"]) }),
    ...(open === undefined ? {} : { open }),
  };
}

/** A template's page. */
export interface TemplateSearch {
  tab?: "settings";
}

export function validateTemplateSearch(search: Record<string, unknown>): TemplateSearch {
  const tab = choiceParam(search["tab"], ["settings"] as const);
  return tab === undefined ? {} : { tab };
}

/** What may lie in the recycle bin. */
export const binKinds = ["Template", "Cycle"] as const;

/** The filter of the recycle bin. */
export interface BinSearch {
  q?: string;
  kind?: (typeof binKinds)[number];
}

export function validateBinSearch(search: Record<string, unknown>): BinSearch {
  const kind = choiceParam(search["kind"], binKinds);
  return { ...present({ q: textParam(search["q"]) }), ...(kind === undefined ? {} : { kind }) };
}
