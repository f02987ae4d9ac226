import { describe, expect, test } from "vitest";
import type { Authentication, Connector, Parameter, SetupField } from "@shared/api/types";
import { askedFor, authValue, base64, freeName, installation, modeOf, noCredentials } from "./asked";

function way(AuthType: Authentication["AuthType"], OAuth2Type: Authentication["OAuth2Type"] = "Unknown"): Authentication {
  return { Id: "way", AuthName: AuthType, AuthType, OAuth2Type };
}

function parameter(TargetName: string, about: Partial<Parameter> = {}): Parameter {
  return {
    Id: 1,
    Name: TargetName,
    IsOptional: false,
    DataType: "Text",
    TargetType: "MergeField",
    TargetName,
    DisplayOrder: 0,
    Triggers: [],
    ...about,
  };
}

function connector(parameters: Parameter[]): Connector {
  return {
    Id: 1,
    UniqueIdentifier: "c",
    Name: "Pipedrive",
    Status: "Approved",
    Categories: [],
    AuthType: "OAuth2",
    OAuth2Type: "AuthorisationCode",
    Parameters: parameters,
    Triggers: [],
    Authentication: [],
  };
}

function blank(Name: string, about: Partial<SetupField> = {}): SetupField {
  return { Name, Label: Name, IsSensitive: false, IsReadOnly: false, IsSet: false, ...about };
}

const oauth = way("OAuth2", "AuthorisationCode");

describe("what an installation asks for", () => {
  test("only what the partner left blank, scopes never", () => {
    const setup = [blank("ClientId", { IsSet: true }), blank("ClientSecret", { IsSensitive: true }), blank("Scopes")];

    const asked = askedFor(connector([]), setup, oauth);

    expect(asked.map((field) => field.name)).toEqual(["ClientSecret"]);
    expect(asked[0]).toMatchObject({ sensitive: true, declared: false, blankInSetup: true });
  });

  test("account properties come first and only once", () => {
    const definition = connector([parameter("Domain", { IsAccountConnectorProperty: true }), parameter("page")]);

    const asked = askedFor(definition, [blank("Domain"), blank("ClientId")], oauth);

    expect(asked.map((field) => field.name)).toEqual(["Domain", "ClientId"]);
  });

  test("client values are not asked for where no OAuth is used", () => {
    expect(askedFor(connector([]), [blank("ClientId"), blank("ClientSecret")], way("ApiKey"))).toEqual([]);
  });

  test("an optional value that the partner left blank keeps its default", () => {
    const definition = connector([parameter("TokenUrl", { IsPartnerConnectorProperty: true, IsOptional: true })]);

    expect(askedFor(definition, [blank("TokenUrl")], oauth)).toEqual([]);
  });
});

describe("credentials", () => {
  test.each([
    [way("None"), "none"],
    [way("ApiKey"), "typed"],
    [way("Basic"), "typed"],
    [oauth, "window"],
    [way("OAuth2", "ClientCredentials"), "automatic"],
    [way("OAuth1"), "window"],
    [way("AuthFields"), "window"],
  ] as const)("%j is %s", (authentication, mode) => {
    expect(modeOf(authentication)).toBe(mode);
  });

  test("Basic is base64 of UTF-8", () => {
    expect(authValue(way("Basic"), { ...noCredentials, username: "jörg", password: "p:w" })).toBe(base64("jörg:p:w"));
    expect(base64("jörg:p:w")).toBe("asO2cmc6cDp3");
  });

  test("a grant without a person begins with empty braces, one with a page without a value", () => {
    expect(authValue(way("OAuth2", "ClientCredentials"), noCredentials)).toBe("{}");
    expect(authValue(oauth, noCredentials)).toBeUndefined();
  });
});

test("declared values are installed, client values set afterwards", () => {
  const definition = connector([parameter("Domain", { IsAccountConnectorProperty: true })]);
  const asked = askedFor(definition, [blank("ClientSecret")], oauth);

  expect(installation("Sales ", "", oauth, asked, { Domain: "acme", ClientSecret: "s" }, undefined)).toEqual({
    install: { Name: "Sales", AuthenticationId: "way", Properties: [{ Name: "Domain", Value: "acme" }] },
    later: [{ Name: "ClientSecret", Value: "s" }],
  });
});

test("a name in use gets a number", () => {
  expect(freeName("Pipedrive", [])).toBe("Pipedrive");
  expect(freeName("Pipedrive", ["pipedrive", "Pipedrive 2"])).toBe("Pipedrive 3");
});
