import { expect, test } from "vitest";
import type { GeneralSettings } from "@shared/api/types";
import { generalChanges, generalValues } from "./generalForm";

const stored = { ApplicationDisplayName: "Velodrome", HostSourceWhitelist: ["https://a.test"] } as GeneralSettings;
const before = generalValues(stored);

test("nothing changed sends nothing", () => {
  expect(generalChanges(before, { ...before })).toEqual({});
});

test("only what changed is sent, blank addresses as null", () => {
  const withUrl = { ...before, NotificationWebhookUrl: "https://x.test" };

  expect(generalChanges(before, { ...before, ApplicationDisplayName: " Bramble " })).toEqual({ ApplicationDisplayName: "Bramble" });
  expect(generalChanges(withUrl, before)).toEqual({ NotificationWebhookUrl: null });
});

test("the whitelist is one origin a line", () => {
  expect(generalChanges(before, { ...before, HostSourceWhitelist: "https://a.test\n\n https://b.test " })).toEqual({
    HostSourceWhitelist: ["https://a.test", "https://b.test"],
  });
});
