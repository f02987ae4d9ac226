import { describe, expect, test } from "vitest";
import { contrast, parseHex, shadesOf, textOn } from "./colour";
import { readVariable, writeVariable } from "./lessVariables";

describe("colours", () => {
  test.each([
    ["#0b4f8a", [11, 79, 138]],
    ["#08f", [0, 136, 255]],
    ["0b4f8a", undefined],
    ["#12", undefined],
    ["red", undefined],
  ])("%s reads as %j", (hex, expected) => {
    expect(parseHex(hex)).toEqual(expected);
  });

  test("black on white has the largest contrast there is", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  });

  test("text on yellow is black, on navy white", () => {
    expect(textOn("#ffd400")).toBe("#000000");
    expect(textOn("#0b4f8a")).toBe("#ffffff");
  });

  test("the colour itself is the seventh shade", () => {
    expect(shadesOf("#0b4f8a")[6]).toBe("#0b4f8a");
  });
});

describe("LESS variables", () => {
  const less = "@body-bg: #fff;\n@brand-primary: #112233;\n";

  test("a value is read by name", () => {
    expect(readVariable(less, "brand-primary")).toBe("#112233");
    expect(readVariable(less, "navbar-default-bg")).toBeUndefined();
    expect(readVariable(null, "brand-primary")).toBeUndefined();
  });

  test("writing one keeps the others", () => {
    expect(writeVariable(less, "brand-primary", "#445566")).toBe("@body-bg: #fff;\n@brand-primary: #445566;");
  });

  test("writing nothing takes it out", () => {
    expect(writeVariable(less, "brand-primary", undefined)).toBe("@body-bg: #fff;");
  });
});
