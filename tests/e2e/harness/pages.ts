import type { Server } from "./server.ts";

/** A page of the console, by its path below `/console/`. */
export interface Place {
  name: string;
  path: string;
}

/** Every page that exists without anything set up. */
export const fixedPages: Place[] = [
  { name: "Dashboard", path: "" },
  { name: "Application Connector Library", path: "connectors" },
  { name: "Custom Connectors", path: "connectors/custom" },
  { name: "Script Testing", path: "connectors/script-testing" },
  { name: "Template Library", path: "templates" },
  { name: "Template Connectors", path: "templates/connectors" },
  { name: "Recycle Bin", path: "templates/recycle-bin" },
  { name: "Account Management", path: "accounts" },
  { name: "User Management", path: "users" },
  { name: "Audit Log", path: "reports/audit-log" },
  { name: "General Settings", path: "settings/general" },
  { name: "Appearance Settings", path: "settings/appearance" },
  { name: "Data Retention", path: "settings/data-retention" },
  { name: "OAuth Client Credentials", path: "settings/oauth-clients" },
  { name: "Console Administrators", path: "settings/administrators" },
  { name: "IP Restrictions", path: "settings/ip-restrictions" },
  { name: "Security", path: "settings/security" },
  { name: "Account Information", path: "settings/account-information" },
  { name: "Your profile", path: "profile" },
];

/** Pages of things: an account with a connector, and that connector. */
export async function pagesWithData(server: Server): Promise<Place[]> {
  await server.call("POST", "/v1.0/accounts", { Id: "bramble", Name: "Bramble Books" });
  const connector = await server.connector("Pipedrive (OAuth 2.0)");
  const installed = await server.call<{ Id: number }>(
    "POST",
    "/v1.0/connectors/Pipedrive/install",
    { Name: "Sales" },
    "bramble",
  );
  const partner = await server.call<{ TemplateAccountId: string }>("GET", "/v1.0/partner");
  const custom = await server.call<{ Id: number }>(
    "POST",
    "/v1.0/account/connectors/custom",
    { Name: "Stockroom", Authentication: [{ AuthName: "None", AuthType: "None", IsDefault: true }] },
    partner.TemplateAccountId,
  );
  const cycle = await server.call<{ Id: string }>("POST", "/v1.0/cycles", { Name: "People to deals" }, "bramble");
  await server.call("POST", `/v1.0/cycles/${cycle.Id}/steps`, { ActionType: "Decision", Name: "Is it new?" }, "bramble");
  const template = await server.call<{ Id: string }>("POST", "/v1.0/templates", { Name: "People to readers" });
  const [release] = await server.call<{ Id: string }[]>("GET", `/v1.0/templates/${template.Id}/releases`);
  return [
    { name: "Cycles of an account", path: "accounts/bramble/cycles" },
    { name: "Templates for an account", path: "accounts/bramble/templates" },
    { name: "Transactions of an account", path: "accounts/bramble/reports" },
    { name: "Incidents of an account", path: "accounts/bramble/reports/incidents" },
    { name: "Webhook requests of an account", path: "accounts/bramble/reports/requests" },
    { name: "Cycle", path: `accounts/bramble/cycles/${cycle.Id}` },
    { name: "Releases of a template", path: `templates/${template.Id}` },
    { name: "Release of a template", path: `templates/${template.Id}/releases/${release?.Id ?? ""}` },
    { name: "Custom connector", path: `connectors/custom/${custom.Id}` },
    { name: "Releases of a custom connector", path: `connectors/custom/${custom.Id}/releases` },
    { name: "Setup", path: `connectors/${connector.Id}/setup` },
    { name: "Methods", path: `connectors/${connector.Id}/methods` },
    { name: "Releases", path: `connectors/${connector.Id}/releases` },
    { name: "Connectors of an account", path: "accounts/bramble/connectors" },
    { name: "Sub accounts", path: "accounts/bramble/sub-accounts" },
    { name: "Users of an account", path: "accounts/bramble/users" },
    { name: "Account settings", path: "accounts/bramble/settings" },
    { name: "Edit Connector", path: `accounts/bramble/connectors/${installed.Id}` },
  ];
}
