import type { MessageKey } from "@shared/messages/t";
import type { Rights } from "@shared/session/rights";

/** Where an entry of the menus leads. */
export interface PageEntry {
  label: MessageKey;
  to: PagePath;
  /** The second letter after `g`. */
  key?: string;
}

/** Addresses that stand for themselves, without parameters. */
export type PagePath =
  | "/"
  | "/connectors"
  | "/connectors/custom"
  | "/connectors/script-testing"
  | "/templates"
  | "/templates/connectors"
  | "/templates/recycle-bin"
  | "/accounts"
  | "/users"
  | "/reports/runs"
  | "/reports/incidents"
  | "/reports/task-usage"
  | "/reports/ledger"
  | "/reports/audit-log"
  | "/settings/general"
  | "/settings/appearance"
  | "/settings/data-retention"
  | "/settings/oauth-clients"
  | "/settings/administrators"
  | "/settings/ip-restrictions"
  | "/settings/security"
  | "/settings/account-information"
  | "/profile";

/** A menu of the top bar. */
export interface MenuGroup {
  label: MessageKey;
  entries: PageEntry[];
}

export const dashboardEntry: PageEntry = { label: "menu.dashboard", to: "/", key: "d" };

const profileEntry: PageEntry = { label: "menu.profile", to: "/profile" };

/** The menus of the top bar, without what the role lacks. */
export function menusFor(rights: Rights): MenuGroup[] {
  const menus: MenuGroup[] = [
    {
      label: "menu.connectors",
      entries: [
        { label: "menu.library", to: "/connectors", key: "c" },
        { label: "menu.customConnectors", to: "/connectors/custom" },
        ...(rights.setUpConnectors ? [{ label: "menu.scriptTesting", to: "/connectors/script-testing" } as const] : []),
      ],
    },
    {
      label: "menu.templates",
      entries: [
        { label: "menu.templateLibrary", to: "/templates", key: "t" },
        { label: "menu.templateConnectors", to: "/templates/connectors" },
        { label: "menu.recycleBin", to: "/templates/recycle-bin" },
      ],
    },
    {
      label: "menu.accounts",
      entries: [
        { label: "menu.accountManagement", to: "/accounts", key: "a" },
        { label: "menu.userManagement", to: "/users", key: "u" },
      ],
    },
  ];
  if (rights.reports) {
    menus.push({
      label: "menu.reports",
      entries: [
        { label: "menu.runs", to: "/reports/runs" },
        { label: "menu.incidents", to: "/reports/incidents" },
        { label: "menu.taskUsage", to: "/reports/task-usage" },
        { label: "menu.ledger", to: "/reports/ledger" },
        { label: "menu.auditLog", to: "/reports/audit-log", key: "r" },
      ],
    });
  }
  if (rights.settings) {
    menus.push({
      label: "menu.settings",
      entries: [
        { label: "menu.generalSettings", to: "/settings/general", key: "s" },
        { label: "menu.appearanceSettings", to: "/settings/appearance" },
        { label: "menu.dataRetention", to: "/settings/data-retention" },
        { label: "menu.oauthClients", to: "/settings/oauth-clients" },
        { label: "menu.administrators", to: "/settings/administrators" },
        { label: "menu.ipRestrictions", to: "/settings/ip-restrictions" },
        { label: "menu.security", to: "/settings/security" },
        { label: "menu.accountInformation", to: "/settings/account-information" },
      ],
    });
  }
  return menus;
}

/** Every page that can be gone to by name. */
export function pagesFor(rights: Rights): PageEntry[] {
  return [dashboardEntry, ...menusFor(rights).flatMap((menu) => menu.entries), profileEntry];
}

/** Marks where one is, for the eye and for assistive technology. */
export function marked(active: boolean) {
  return active ? { "data-active": true, "aria-current": "page" as const } : { "aria-current": undefined };
}
