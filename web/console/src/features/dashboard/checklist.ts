import type { PartnerConnector } from "@shared/api/types";

/** What the first steps are told by. */
export interface Standing {
  connectors: readonly PartnerConnector[];
  accounts: number;
  /** Different connectors installed in accounts. */
  installed: number;
  /** Sets of client credentials; unknown to roles that may not see them. */
  apiClients: number | undefined;
}

/** One of the first steps. */
export interface Step {
  key: "setup" | "account" | "install" | "api";
  to: "/connectors" | "/accounts" | "/settings/oauth-clients";
  done: boolean;
}

/** What somebody new does first, and what of it is done. */
export function checklist({ connectors, accounts, installed, apiClients }: Standing): Step[] {
  const steps: Step[] = [
    { key: "setup", to: "/connectors", done: connectors.some((entry) => entry.SupportsPartnerSetup && !entry.SetupRequired) },
    { key: "account", to: "/accounts", done: accounts > 0 },
    { key: "install", to: "/accounts", done: installed > 0 },
  ];
  if (apiClients !== undefined) steps.push({ key: "api", to: "/settings/oauth-clients", done: apiClients > 0 });
  return steps;
}
