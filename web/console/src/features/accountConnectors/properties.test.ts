import { expect, test } from "vitest";
import type { AccountConnector } from "@shared/api/types";
import { changedProperties, propertyRows } from "./properties";

const connector = {
  Id: 1,
  Name: "Shop",
  Authenticated: true,
  IsPartnerIntegrationConnector: false,
  CustomFields: [],
  Properties: [
    { Id: 5, AccountConnectorId: 1, Name: "Extra", Value: "x" },
    { Id: 6, AccountConnectorId: 1, Name: "Domain", Value: "acme" },
    { Id: 7, AccountConnectorId: 1, Name: "ClientSecret", Value: null },
  ],
  Connector: {
    Parameters: [
      { TargetName: "Domain", Name: "Shop domain", IsAccountConnectorProperty: true },
      { TargetName: "page", Name: "Page" },
    ],
  },
} as unknown as AccountConnector;

test("declared properties come first under their labels, then whatever else is stored", () => {
  expect(propertyRows(connector).map((row) => [row.label, row.id, row.value])).toEqual([
    ["Shop domain", 6, "acme"],
    ["Extra", 5, "x"],
    ["ClientSecret", 7, ""],
  ]);
});

test("a client secret is treated as one although nothing declares it", () => {
  expect(propertyRows(connector).find((row) => row.name === "ClientSecret")?.sensitive).toBe(true);
});

test("only what changed is sent", () => {
  const rows = propertyRows(connector);

  expect(changedProperties(rows, { Domain: "acme", Extra: "y", ClientSecret: null })).toEqual([{ Name: "Extra", Value: "y" }]);
});
