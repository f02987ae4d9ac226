import { expect, test } from "vitest";
import { ApiError } from "@shared/api/error";
import { incompatibilitiesOf } from "./incompatibilities";

test("a refusal that lists parts is told part by part", () => {
  const message = "The document can't be imported: step 'Add', method 7: there is no such method; step 'Sold': its connector is unknown.";

  expect(incompatibilitiesOf(new ApiError(message, { status: 400, code: "import.incompatible" }))).toEqual([
    "Step 'Add', method 7: there is no such method",
    "Step 'Sold': its connector is unknown",
  ]);
});

test("any other failure is told as it is", () => {
  expect(incompatibilitiesOf(null)).toEqual([]);
  expect(incompatibilitiesOf(new ApiError("Too much: try later.", { status: 429, code: "rate.limited" }))).toEqual([]);
});
