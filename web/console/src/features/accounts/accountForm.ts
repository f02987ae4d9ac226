import type { Account, AccountCreate, AccountUpdate } from "@shared/api/types";

/** The fields of a new account as typed. */
export interface NewAccountValues {
  name: string;
  id: string;
  description: string;
  timezone: string;
  limit: number | string;
}

/** What to send for a new account; what was left blank is left out. */
export function accountToCreate(values: NewAccountValues, parentId?: string): AccountCreate {
  const limit = numberOrNull(values.limit);
  return {
    Name: values.name.trim(),
    Timezone: values.timezone,
    ...(values.id.trim() === "" ? {} : { Id: values.id.trim() }),
    ...(values.description.trim() === "" ? {} : { Description: values.description.trim() }),
    ...(limit === null ? {} : { ConcurrentTransactionLimit: limit }),
    ...(parentId === undefined ? {} : { ParentAccountId: parentId }),
  };
}

/** The settings of an account as typed. */
export interface AccountValues {
  name: string;
  description: string;
  timezone: string;
  limit: number | string;
  successRetention: number | string;
  erroredRetention: number | string;
  webhookEnabled: boolean;
  webhookUrl: string;
  webhookWarnings: boolean;
}

/** What the settings form begins with. */
export function accountValues(account: Account): AccountValues {
  return {
    name: account.Name,
    description: account.Description ?? "",
    timezone: account.Timezone,
    limit: account.ConcurrentTransactionLimit ?? "",
    successRetention: account.StepDataSuccessRetentionHours ?? "",
    erroredRetention: account.StepDataErroredRetentionHours ?? "",
    webhookEnabled: account.TransactionErrorWebhookEnabled ?? false,
    webhookUrl: account.TransactionErrorWebhookUrl ?? "",
    webhookWarnings: account.TransactionErrorWebhookIncludeWarnings ?? false,
  };
}

/** What to send for changed settings; a blank number means the partner's value. */
export function accountToUpdate(values: AccountValues): AccountUpdate {
  return {
    Name: values.name.trim(),
    Description: values.description.trim() === "" ? null : values.description.trim(),
    Timezone: values.timezone,
    ConcurrentTransactionLimit: numberOrNull(values.limit),
    StepDataSuccessRetentionHours: numberOrNull(values.successRetention),
    StepDataErroredRetentionHours: numberOrNull(values.erroredRetention),
    TransactionErrorWebhookEnabled: values.webhookEnabled,
    TransactionErrorWebhookUrl: values.webhookUrl.trim() === "" ? null : values.webhookUrl.trim(),
    TransactionErrorWebhookIncludeWarnings: values.webhookWarnings,
  };
}

function numberOrNull(value: number | string): number | null {
  return typeof value === "number" ? value : null;
}
