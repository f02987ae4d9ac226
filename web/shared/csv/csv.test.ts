import { expect, test } from "vitest";
import { csvOf } from "./csv";

test("a spreadsheet gets quoted text and no formulas", () => {
  const rows = [
    { name: 'Acme, "Inc"', note: "=HYPERLINK()", count: 3 },
    { name: "two\nlines", note: null, count: -1 },
  ];

  expect(
    csvOf(
      [
        ["Name", (row) => row.name],
        ["Note", (row) => row.note],
        ["Count", (row) => row.count],
      ],
      rows,
    ),
  ).toBe('Name,Note,Count\r\n"Acme, ""Inc""",\'=HYPERLINK(),3\r\n"two\nlines",,-1\r\n');
});
