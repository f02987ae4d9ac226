import { choiceParam, pageParam, present, textParam } from "@shared/search/params";

/** Columns that the list of cycles can be ordered by. */
export const cycleOrders = ["Name", "CreatedOnUtc"] as const;

/** The list of an account's cycles, and the dialog above it. */
export interface CycleListSearch {
  q?: string;
  tag?: string;
  page?: number;
  sort?: (typeof cycleOrders)[number];
  descending?: boolean;
  open?: "create" | "import";
}

export function validateCycleListSearch(search: Record<string, unknown>): CycleListSearch {
  const sort = choiceParam(search["sort"], cycleOrders);
  const open = choiceParam(search["open"], ["create", "import"] as const);
  return {
    ...present({
      q: textParam(search["q"]),
      tag: textParam(search["tag"]),
      page: pageParam(search["page"]),
      descending: search["descending"] === true,
    }),
    ...(sort === undefined ? {} : { sort }),
    ...(open === undefined ? {} : { open }),
  };
}

/** The templates offered to an account. */
export interface OfferSearch {
  q?: string;
  tag?: string;
  /** The template that is being installed. */
  use?: string;
}

export function validateOfferSearch(search: Record<string, unknown>): OfferSearch {
  return present({ q: textParam(search["q"]), tag: textParam(search["tag"]), use: textParam(search["use"]) });
}

/** What is shown of one cycle. */
export interface CycleSearch {
  tab?: "variables" | "settings";
  /** The step whose setup is open. */
  step?: string;
  /** The step that is tried out. */
  test?: string;
  /** A step is being added; with an id, behind that step. */
  add?: string;
}

export function validateCycleSearch(search: Record<string, unknown>): CycleSearch {
  const tab = choiceParam(search["tab"], ["variables", "settings"] as const);
  return {
    ...present({ step: textParam(search["step"]), test: textParam(search["test"]), add: textParam(search["add"]) }),
    ...(tab === undefined ? {} : { tab }),
  };
}
