import type { Authentication, Connector, ConnectorInstall, SetupField } from "@shared/api/types";

/** How credentials come about: typed here, on a page of their own, by the connector itself, or not at all. */
export type AuthenticationMode = "typed" | "window" | "automatic" | "none";

/** How one way of authenticating works. */
export function modeOf(authentication: Pick<Authentication, "AuthType" | "OAuth2Type">): AuthenticationMode {
  switch (authentication.AuthType) {
    case "None":
      return "none";
    case "ApiKey":
    case "Basic":
      return "typed";
    case "OAuth2":
      return authentication.OAuth2Type === "AuthorisationCode" || authentication.OAuth2Type === "Unknown" ? "window" : "automatic";
    // The names of AuthFields are known to the hosted page only, which asks for them.
    case "AuthFields":
    case "OAuth1":
      return "window";
  }
}

/** The ways to authenticate, the default one first. */
export function waysOf(connector: Connector): Authentication[] {
  return [...connector.Authentication].sort((a, b) => Number(b.IsDefault ?? false) - Number(a.IsDefault ?? false));
}

/** One value that a form asks for. */
export interface Asked {
  name: string;
  label: string;
  description: string | undefined;
  sensitive: boolean;
  multiline: boolean;
  optional: boolean;
  /** Predefined values; empty when anything may be typed. */
  values: string[];
  initial: string;
  /** A declared parameter may be sent with the installation; the others are set afterwards. */
  declared: boolean;
  /** It is asked for because the partner left it blank. */
  blankInSetup: boolean;
}

const clientFields = ["ClientId", "ClientSecret"];

/**
 * The values that an installation needs: the connector's account properties and whatever the
 * partner setup leaves blank. Values of OAuth clients only matter where OAuth is used.
 */
export function askedFor(connector: Connector, setup: readonly SetupField[], way: Authentication | undefined): Asked[] {
  const usesClient = way?.AuthType === "OAuth2" || way?.AuthType === "OAuth1";
  const properties = connector.Parameters.filter(
    (parameter) => parameter.IsAccountConnectorProperty === true && parameter.IsHidden !== true,
  ).map(
    (parameter): Asked => ({
      name: parameter.TargetName,
      label: parameter.Name,
      description: parameter.Description ?? undefined,
      sensitive: parameter.IsSensitive ?? false,
      multiline: parameter.IsMultiline ?? false,
      optional: parameter.IsOptional,
      values: parameter.Values ?? [],
      initial: parameter.DefaultValue ?? "",
      declared: true,
      blankInSetup: false,
    }),
  );
  const known = new Set(properties.map((property) => property.name));
  const blanks = setup
    .filter((field) => !field.IsSet && !field.IsReadOnly && field.Name !== "Scopes" && !known.has(field.Name))
    .filter((field) => usesClient || !clientFields.includes(field.Name))
    .map((field): Asked => {
      const parameter = connector.Parameters.find((candidate) => candidate.TargetName === field.Name);
      return {
        name: field.Name,
        label: field.Label,
        description: field.Description ?? parameter?.Description ?? undefined,
        sensitive: field.IsSensitive,
        multiline: parameter?.IsMultiline ?? false,
        optional: parameter?.IsOptional ?? false,
        values: parameter?.Values ?? [],
        initial: parameter?.DefaultValue ?? "",
        declared: parameter !== undefined,
        blankInSetup: true,
      };
    });
  // An optional value that the partner left blank has its default; asking would only puzzle.
  return [...properties, ...blanks.filter((blank) => !blank.optional)];
}

/** Typed credentials; which of them count depends on the way of authenticating. */
export interface Credentials {
  apiKey: string;
  username: string;
  password: string;
}

export const noCredentials: Credentials = { apiKey: "", username: "", password: "" };

/** The credentials that a way asks for. */
export function credentialNames(way: Authentication | undefined): (keyof Credentials)[] {
  if (way?.AuthType === "ApiKey") return ["apiKey"];
  if (way?.AuthType === "Basic") return ["username", "password"];
  return [];
}

/** The `AuthValue` to send, when this way has one that the form can build. */
export function authValue(way: Authentication | undefined, credentials: Credentials): string | undefined {
  if (way === undefined) return undefined;
  if (way.AuthType === "ApiKey") return credentials.apiKey.trim();
  if (way.AuthType === "Basic") return base64(`${credentials.username}:${credentials.password}`);
  // Empty braces make the connector obtain its tokens itself.
  return modeOf(way) === "automatic" ? "{}" : undefined;
}

/** Base64 of the text's UTF-8 bytes. */
export function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** What to send to install; values that are no declared parameters go along later. */
export function installation(
  name: string,
  description: string,
  way: Authentication | undefined,
  asked: readonly Asked[],
  values: Readonly<Record<string, string>>,
  authentication: string | undefined,
): { install: ConnectorInstall; later: { Name: string; Value: string }[] } {
  const given = asked
    .map((field) => ({ field, value: (values[field.name] ?? field.initial).trim() }))
    .filter(({ value }) => value !== "");
  const properties = given.filter(({ field }) => field.declared).map(({ field, value }) => ({ Name: field.name, Value: value }));
  return {
    install: {
      Name: name.trim(),
      ...(description.trim() === "" ? {} : { Description: description.trim() }),
      ...(way === undefined ? {} : { AuthenticationId: way.Id }),
      ...(authentication === undefined ? {} : { AuthValue: authentication }),
      ...(properties.length === 0 ? {} : { Properties: properties }),
    },
    later: given.filter(({ field }) => !field.declared).map(({ field, value }) => ({ Name: field.name, Value: value })),
  };
}

/** A name that no connector of the account has yet. */
export function freeName(wanted: string, taken: readonly string[]): string {
  const used = new Set(taken.map((name) => name.toLowerCase()));
  if (!used.has(wanted.toLowerCase())) return wanted;
  let number = 2;
  while (used.has(`${wanted} ${number}`.toLowerCase())) number += 1;
  return `${wanted} ${number}`;
}
