import type { AdministratorRole } from "@shared/api/types";

/**
 * What a role is offered. The server decides what is allowed; this only keeps menus and buttons
 * free of what would be refused.
 */
export interface Rights {
  /** Connector setup at partner level and guides. */
  setUpConnectors: boolean;
  /** Accounts, their users and settings. */
  manageAccounts: boolean;
  /** Installing, authenticating and testing connectors in an account. */
  manageAccountConnectors: boolean;
  /** Templates and cycles: their design, starting and stopping them, and what becomes of their transactions. */
  buildCycles: boolean;
  /** Everything under Settings. */
  settings: boolean;
  /** Reports. */
  reports: boolean;
}

const byRole: Record<AdministratorRole, Rights> = {
  Administrator: {
    setUpConnectors: true,
    manageAccounts: true,
    manageAccountConnectors: true,
    buildCycles: true,
    settings: true,
    reports: true,
  },
  Builder: {
    setUpConnectors: true,
    manageAccounts: false,
    manageAccountConnectors: true,
    buildCycles: true,
    settings: false,
    reports: true,
  },
  Support: {
    setUpConnectors: false,
    manageAccounts: true,
    manageAccountConnectors: true,
    buildCycles: false,
    settings: false,
    reports: true,
  },
  ReadOnly: {
    setUpConnectors: false,
    manageAccounts: false,
    manageAccountConnectors: false,
    buildCycles: false,
    settings: false,
    reports: true,
  },
};

/** The rights of a role. */
export function rightsOf(role: AdministratorRole): Rights {
  return byRole[role];
}
