import { expect, test } from "vitest";
import { changesBetween } from "./changes";

test("only what differs is sent, lists and nothing among it", () => {
  const before = { name: "a", zone: "UTC", limit: 3 as number | null, origins: ["x"] };

  expect(changesBetween(before, { ...before })).toEqual({});
  expect(changesBetween(before, { name: "b", zone: "UTC", limit: null, origins: ["x", "y"] })).toEqual({ name: "b", limit: null, origins: ["x", "y"] });
});
