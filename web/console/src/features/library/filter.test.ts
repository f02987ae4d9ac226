import { describe, expect, test } from "vitest";
import type { PartnerConnector } from "@shared/api/types";
import { categoriesOf, filterLibrary, libraryIndex, setupStateOf } from "./filter";
import { validateLibrarySearch } from "./search";

function entry(name: string, categories: string[], about: Partial<PartnerConnector> = {}): PartnerConnector {
  return {
    Connector: {
      Id: 1,
      UniqueIdentifier: "00000000-0000-0000-0000-000000000000",
      Name: name,
      Status: "Approved",
      Categories: categories,
      AuthType: "OAuth2",
      OAuth2Type: "AuthorisationCode",
      Parameters: [],
      Triggers: [],
      Authentication: [],
    },
    SetupRequired: false,
    SupportsPartnerSetup: true,
    HasGuide: true,
    ...about,
  };
}

const library = [
  entry("3DCart", ["Ecommerce"], { SupportsPartnerSetup: false }),
  entry("Pipedrive", ["CRM"], { SetupRequired: true }),
  entry("Stripe (OAuth)", ["Payments", "Ecommerce"]),
];
const names = (found: PartnerConnector[]) => found.map((found) => found.Connector.Name);

describe("the library's filters", () => {
  test("a state is told by what is required and supported", () => {
    expect(library.map(setupStateOf)).toEqual(["none", "required", "done"]);
  });

  test("text, category and status narrow together", () => {
    const index = libraryIndex(library);

    expect(names(filterLibrary(index, { q: "pipdrive" }))).toEqual(["Pipedrive"]);
    expect(names(filterLibrary(index, { category: "Ecommerce" }))).toEqual(["3DCart", "Stripe (OAuth)"]);
    expect(names(filterLibrary(index, { category: "Ecommerce", status: "done" }))).toEqual(["Stripe (OAuth)"]);
    expect(names(filterLibrary(index, { q: "crm", status: "done" }))).toEqual([]);
  });

  test("categories are listed once, by name", () => {
    expect(categoriesOf(library)).toEqual(["CRM", "Ecommerce", "Payments"]);
  });

  test("an alias finds its connector", () => {
    const shift = entry("3DCart", ["Ecommerce"]);
    Object.assign(shift.Connector, { Aliases: ["Shift4Shop"] });

    expect(names(filterLibrary(libraryIndex([shift]), { q: "shift4" }))).toEqual(["3DCart"]);
  });
});

test("the address holds only filters that say something", () => {
  expect(validateLibrarySearch({ q: "", category: "CRM", status: "nonsense", page: "1" })).toEqual({ category: "CRM" });
  expect(validateLibrarySearch({ q: "pipe", status: "required", page: 3 })).toEqual({ q: "pipe", status: "required", page: 3 });
});
