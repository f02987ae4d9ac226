import { expect, test } from "vitest";
import { laidOut } from "./exchange";

test.each([
  ['{"a":1}', '{\n  "a": 1\n}'],
  ['POST https://x.example\r\nAccept: */*\r\n\r\n[1]', "POST https://x.example\nAccept: */*\n\n[\n  1\n]"],
  ["404 Not Found\r\n\r\nno such thing", "404 Not Found\n\nno such thing"],
  ["{not json", "{not json"],
])("%j is laid out as %j", (text, expected) => {
  expect(laidOut(text)).toBe(expected);
});
