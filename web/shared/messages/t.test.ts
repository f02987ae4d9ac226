import "./en/accounts";
import "./en/library";
import { expect, test } from "vitest";
import { t } from "./t";

test("values take the place of their names", () => {
  expect(t("accounts.created", { name: "Acme" })).toBe("Acme created");
});

test("the count chooses the form", () => {
  expect(t("library.count", { count: 1 })).toBe("1 connector");
  expect(t("library.count", { count: 5 })).toBe("5 connectors");
});

test("a name without a value stays visible", () => {
  expect(t("accounts.created")).toBe("{name} created");
});
