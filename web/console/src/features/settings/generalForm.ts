import type { GeneralSettings } from "@shared/api/types";

/** General settings as the form holds them: no field is absent, lists are text. */
export interface GeneralValues {
  ApplicationIcon: string | null;
  SignInLogo: string | null;
  FavIcon: string | null;
  ApplicationDisplayName: string;
  ApplicationUserAgent: string;
  CycleNoun: string;
  CycleCreateVerb: string;
  ShowBetaConnectors: boolean;
  CustomConnectorsEnabled: boolean;
  CycleSharingEnabled: boolean;
  UserLoginPageEnabled: boolean;
  CycleFormViewEnabled: boolean;
  InlineOAuthEnabled: boolean;
  NotificationWebhookEnabled: boolean;
  NotificationWebhookUrl: string;
  TransactionErrorWebhookEnabled: boolean;
  TransactionErrorWebhookUrl: string;
  TransactionErrorWebhookIncludeWarnings: boolean;
  IframeEmbeddingEnabled: boolean;
  HostSourceWhitelist: string;
  HelpLinkType: NonNullable<GeneralSettings["HelpLinkType"]>;
  HelpLinkUrl: string;
  AccountConcurrentTransactionLimit: number | string;
}

/** What the form begins with. */
export function generalValues(settings: GeneralSettings): GeneralValues {
  return {
    ApplicationIcon: settings.ApplicationIcon ?? null,
    SignInLogo: settings.SignInLogo ?? null,
    FavIcon: settings.FavIcon ?? null,
    ApplicationDisplayName: settings.ApplicationDisplayName ?? "",
    ApplicationUserAgent: settings.ApplicationUserAgent ?? "",
    CycleNoun: settings.CycleNoun ?? "",
    CycleCreateVerb: settings.CycleCreateVerb ?? "",
    ShowBetaConnectors: settings.ShowBetaConnectors ?? false,
    CustomConnectorsEnabled: settings.CustomConnectorsEnabled ?? false,
    CycleSharingEnabled: settings.CycleSharingEnabled ?? false,
    UserLoginPageEnabled: settings.UserLoginPageEnabled ?? false,
    CycleFormViewEnabled: settings.CycleFormViewEnabled ?? false,
    InlineOAuthEnabled: settings.InlineOAuthEnabled ?? false,
    NotificationWebhookEnabled: settings.NotificationWebhookEnabled ?? false,
    NotificationWebhookUrl: settings.NotificationWebhookUrl ?? "",
    TransactionErrorWebhookEnabled: settings.TransactionErrorWebhookEnabled ?? false,
    TransactionErrorWebhookUrl: settings.TransactionErrorWebhookUrl ?? "",
    TransactionErrorWebhookIncludeWarnings: settings.TransactionErrorWebhookIncludeWarnings ?? false,
    IframeEmbeddingEnabled: settings.IframeEmbeddingEnabled ?? false,
    HostSourceWhitelist: (settings.HostSourceWhitelist ?? []).join("\n"),
    HelpLinkType: settings.HelpLinkType ?? "Show",
    HelpLinkUrl: settings.HelpLinkUrl ?? "",
    AccountConcurrentTransactionLimit: settings.AccountConcurrentTransactionLimit ?? "",
  };
}

/** What to send: only what differs, so that two people changing different settings do not collide. */
export function generalChanges(before: GeneralValues, after: GeneralValues): Partial<GeneralSettings> {
  const changed = Object.entries(after).filter(([name, value]) => value !== before[name as keyof GeneralValues]);
  return Object.fromEntries(changed.map(([name, value]) => [name, toWire(name, value)]));
}

const clearable = new Set(["NotificationWebhookUrl", "TransactionErrorWebhookUrl", "HelpLinkUrl"]);

function toWire(name: string, value: unknown): unknown {
  if (name === "HostSourceWhitelist") return linesOf(String(value));
  if (typeof value === "string") return value.trim() === "" && clearable.has(name) ? null : value.trim();
  return value;
}

/** The lines of a text, without blank ones. */
export function linesOf(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
