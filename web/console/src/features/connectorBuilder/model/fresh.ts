import type { JsonObject } from "./json";
import { freeKey, namesOf } from "./references";

/** A method to begin with. */
export function newMethod(document: JsonObject, name: string, category: string): JsonObject {
  return { key: freeKey(name, namesOf(document, "method")), name, category, type: "Action", httpMethod: "GET", endpoint: "https://" };
}

/** The same method again under another key, without what must be unique. */
export function copyOfMethod(document: JsonObject, method: JsonObject, name: string): JsonObject {
  const { uniqueIdentifier, ...rest } = method;
  return { ...rest, key: freeKey(name, namesOf(document, "method")), name };
}

/** Members that belong to one type of method or authentication only; switching drops them. */
export function ofMethodType(method: JsonObject, type: string): JsonObject {
  const { httpMethod, endpoint, webhook, response, ...rest } = method;
  if (type === "Webhook") return { ...rest, type, ...(webhook === undefined ? {} : { webhook }) };
  const answer: JsonObject = response === undefined ? {} : { response };
  if (type === "Script") return { ...rest, ...answer, type, script: rest["script"] ?? "" };
  return { ...rest, ...answer, type, httpMethod: httpMethod ?? "GET", endpoint: endpoint ?? "https://" };
}

/** An authentication of another type, with what that type needs. */
export function ofAuthenticationType(authentication: JsonObject, type: string): JsonObject {
  const { oauth1, oauth2, authFields, ...rest } = authentication;
  if (type === "OAuth1")
    return {
      ...rest,
      type,
      oauth1: oauth1 ?? { flow: "ThreeLegged", requestTokenUrl: "https://", authoriseUrl: "https://", accessTokenUrl: "https://" },
    };
  if (type === "OAuth2")
    return { ...rest, type, oauth2: oauth2 ?? { type: "AuthorisationCode", authoriseUrl: "https://", accessTokenUrl: "https://" } };
  if (type === "AuthFields") return { ...rest, type, authFields: authFields ?? [{ name: "Username", key: "username", type: "Text" }] };
  return { ...rest, type };
}
