import { choiceParam, pageParam, present, textParam } from "@shared/search/params";

/** Where a connector stands: its setup is open, done, or there is nothing to set up. */
export const setupStates = ["required", "done", "none"] as const;
export type SetupState = (typeof setupStates)[number];

/** Filters of the library, as they stand in the address. */
export interface LibrarySearch {
  q?: string;
  category?: string;
  status?: SetupState;
  page?: number;
}

export function validateLibrarySearch(search: Record<string, unknown>): LibrarySearch {
  const status = choiceParam(search["status"], setupStates);
  return present({
    q: textParam(search["q"]),
    category: textParam(search["category"]),
    page: pageParam(search["page"]),
    ...(status === undefined ? {} : { status }),
  });
}

/** Whether the guide stands beside the form. */
export interface SetupSearch {
  guide?: boolean;
}

export function validateSetupSearch(search: Record<string, unknown>): SetupSearch {
  return search["guide"] === true ? { guide: true } : {};
}
