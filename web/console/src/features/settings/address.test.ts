import { describe, expect, test } from "vitest";
import { contains, parseRange } from "./address";

describe("addresses and ranges", () => {
  test.each(["203.0.113.7", "203.0.113.0/24", "0.0.0.0/0", "2001:db8::1", "2001:db8::/32", "::", "::ffff:203.0.113.7"])("%s is one", (text) => {
    expect(parseRange(text)).toBeDefined();
  });

  test.each(["", "203.0.113", "203.0.113.256", "203.0.113.07", "203.0.113.0/33", "2001:db8:::1", "1:2:3:4:5:6:7:8:9", "2001:db8::/129", "a/b/c", "localhost"])(
    "“%s” is none",
    (text) => {
      expect(parseRange(text)).toBeUndefined();
    },
  );

  test.each([
    ["203.0.113.0/24", "203.0.113.200", true],
    ["203.0.113.0/24", "203.0.114.1", false],
    ["203.0.113.7", "203.0.113.7", true],
    ["0.0.0.0/0", "198.51.100.1", true],
    ["2001:db8::/32", "2001:db8:1::1", true],
    ["2001:db8::/32", "2001:db9::1", false],
    ["203.0.113.0/24", "::ffff:203.0.113.9", true],
    ["203.0.113.0/24", "2001:db8::1", false],
  ])("%s contains %s: %s", (range, address, expected) => {
    const parsed = parseRange(range);
    expect(parsed !== undefined && contains(parsed, address)).toBe(expected);
  });
});
