import { expect, test } from "vitest";
import type { SetupField } from "@shared/api/types";
import { changesOf, initialValues } from "./setupForm";

function field(about: Partial<SetupField> & { Name: string }): SetupField {
  return { Label: about.Name, IsSensitive: false, IsReadOnly: false, IsSet: false, ...about };
}

const fields = [
  field({ Name: "ClientId", IsSet: true, Value: "old-id" }),
  field({ Name: "ClientSecret", IsSensitive: true, IsSet: true }),
  field({ Name: "BaseUrl" }),
  field({ Name: "CallbackUrl", IsReadOnly: true, IsSet: true, Value: "https://velodrome.test/connector/callback" }),
];

test("a stored secret begins as kept, a read-only value is not part of the form", () => {
  expect(initialValues(fields)).toEqual({ ClientId: "old-id", ClientSecret: null, BaseUrl: "" });
});

test("nothing changed sends nothing", () => {
  expect(changesOf(fields, initialValues(fields))).toEqual({});
});

test("only what changed is sent, properties by name", () => {
  const values = { ClientId: "new-id ", ClientSecret: null, BaseUrl: "https://api.example.com" };

  expect(changesOf(fields, values)).toEqual({
    ClientId: "new-id",
    Properties: [{ Name: "BaseUrl", Value: "https://api.example.com" }],
  });
});

test("an emptied value is sent, so that it is cleared", () => {
  expect(changesOf(fields, { ClientId: "", ClientSecret: "", BaseUrl: "" })).toEqual({ ClientId: "", ClientSecret: "" });
});
