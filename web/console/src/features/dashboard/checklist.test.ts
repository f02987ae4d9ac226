import { expect, test } from "vitest";
import type { PartnerConnector } from "@shared/api/types";
import { checklist } from "./checklist";

const setUp = { SupportsPartnerSetup: true, SetupRequired: false } as PartnerConnector;
const open = { SupportsPartnerSetup: true, SetupRequired: true } as PartnerConnector;
const nothingToSetUp = { SupportsPartnerSetup: false, SetupRequired: false } as PartnerConnector;
const done = (steps: ReturnType<typeof checklist>) => steps.filter((step) => step.done).map((step) => step.key);

test("a fresh installation has everything before it", () => {
  expect(done(checklist({ connectors: [open, nothingToSetUp], accounts: 0, installed: 0, apiClients: 0 }))).toEqual([]);
});

test("each step is told by what is there", () => {
  expect(done(checklist({ connectors: [setUp], accounts: 1, installed: 1, apiClients: 1 }))).toEqual(["setup", "account", "install", "api"]);
});

test("who may not see credentials is not asked to make them", () => {
  expect(checklist({ connectors: [], accounts: 0, installed: 0, apiClients: undefined }).map((step) => step.key)).toEqual(["setup", "account", "install"]);
});
