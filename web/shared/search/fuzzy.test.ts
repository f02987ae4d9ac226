import { describe, expect, test } from "vitest";
import { buildIndex, prefixDistance, searchIndex } from "./fuzzy";

const names = ["1st Connect", "3DCart", "Pipedrive", "Pipedrive (OAuth 2.0)", "Stripe (OAuth)", "Mailchimp", "Café Crème"];
const index = buildIndex(names, (name) => [{ text: name, weight: 2 }]);

describe("search in memory", () => {
  test.each([
    ["pipe", ["Pipedrive", "Pipedrive (OAuth 2.0)"]],
    ["pipedirve", ["Pipedrive", "Pipedrive (OAuth 2.0)"]],
    ["pipdrive", ["Pipedrive", "Pipedrive (OAuth 2.0)"]],
    ["PIPEDRIVE oauth", ["Pipedrive (OAuth 2.0)"]],
    ["3d cart", ["3DCart"]],
    ["cart", ["3DCart"]],
    ["1st", ["1st Connect"]],
    ["stirpe", ["Stripe (OAuth)"]],
    ["cafe", ["Café Crème"]],
    ["mail chimp", ["Mailchimp"]],
    ["zzz", []],
  ])("“%s” finds %j", (query, expected) => {
    expect(searchIndex(index, query)).toEqual(expected);
  });

  test("an empty query keeps everything in order", () => {
    expect(searchIndex(index, "  ")).toEqual(names);
  });

  test("an exact name comes before names that begin with it", () => {
    expect(searchIndex(index, "pipedrive")[0]).toBe("Pipedrive");
  });

  test("a heavier text counts more than a lighter one", () => {
    const entries = [
      { name: "Ledger", category: "Mail" },
      { name: "Mail", category: "Ledger" },
    ];
    const weighted = buildIndex(entries, (entry) => [
      { text: entry.name, weight: 3 },
      { text: entry.category, weight: 1 },
    ]);

    expect(searchIndex(weighted, "mail").map((entry) => entry.name)).toEqual(["Mail", "Ledger"]);
  });

  test("one swap of neighbours is one edit", () => {
    expect(prefixDistance("stripe", "stirpe", 2)).toBe(1);
  });

  test("a thousand connectors answer a key within 50 ms", () => {
    const many = buildIndex(
      Array.from({ length: 1000 }, (_, number) => `Connector ${number.toString(36)} for Accounting and Sales`),
      (name) => [{ text: name, weight: 2 }],
    );

    // The quickest of several runs tells what the code takes; the others what the machine was busy with.
    const runs = Array.from({ length: 10 }, () => {
      const start = performance.now();
      searchIndex(many, "acounting conector");
      return performance.now() - start;
    });

    expect(Math.min(...runs)).toBeLessThan(50);
  });
});
