import { expect, test } from "vitest";
import { accountToCreate, accountToUpdate, accountValues } from "./accountForm";

test("a new account sends only what was filled in", () => {
  const values = { name: " Acme ", id: "", description: "", timezone: "UTC", limit: "" };

  expect(accountToCreate(values)).toEqual({ Name: "Acme", Timezone: "UTC" });
  expect(accountToCreate({ ...values, id: "acme", limit: 5 }, "parent")).toEqual({
    Name: "Acme",
    Timezone: "UTC",
    Id: "acme",
    ConcurrentTransactionLimit: 5,
    ParentAccountId: "parent",
  });
});

test("blank numbers of the settings mean the partner's values, zero stays zero", () => {
  const account = { Id: "a", Name: "Acme", Timezone: "UTC", CreatedDate: "", NextBillDateUtc: "" };
  const values = { ...accountValues(account), successRetention: 0 };

  expect(accountToUpdate(values)).toMatchObject({
    StepDataSuccessRetentionHours: 0,
    StepDataErroredRetentionHours: null,
    ConcurrentTransactionLimit: null,
    TransactionErrorWebhookUrl: null,
  });
});
