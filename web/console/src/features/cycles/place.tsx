import type { ReactNode } from "react";
import { AnchorLink } from "@shared/ui/links";
import type { CycleSearch } from "./search";

/** Where a cycle is at home: in an account, or as the steps of a template's release. */
export interface CyclePlace {
  accountId: string;
  cycleId: string;
  release?: { templateId: string; releaseId: string };
}

/** How a link looks within a text. */
export const inTextLook = { c: "inherit", underline: "always" } as const;

interface CycleLinkProps {
  place: CyclePlace;
  search?: CycleSearch;
  children: ReactNode;
  /** The row's main link, which arrow keys walk. */
  main?: boolean;
  /** It stands within a text, from which colour alone would not tell it. */
  inText?: boolean;
}

/** Leads to the page of a cycle. */
export function CycleLink({ place, search = {}, children, main = false, inText = false }: CycleLinkProps) {
  const look = main ? { fw: 560, c: "inherit", "data-row-main": true } : { size: "sm", ...(inText ? inTextLook : {}) };
  if (place.release !== undefined) {
    return (
      <AnchorLink to="/templates/$templateId/releases/$releaseId" params={place.release} search={search} {...look}>
        {children}
      </AnchorLink>
    );
  }
  return (
    <AnchorLink
      to="/accounts/$accountId/cycles/$cycleId"
      params={{ accountId: place.accountId, cycleId: place.cycleId }}
      search={search}
      {...look}
    >
      {children}
    </AnchorLink>
  );
}
