import type { JsonObject } from "../model/json";
import type { Spec } from "./spec";

const dataTypes = ["Text", "Integer", "Float", "Decimal", "Boolean", "DateTime", "File", "Undefined"];

/** How bodies are written and read. */
export const bodyTypes = ["Json", "Xml", "Form", "File", "MultipartRelated", "PlainText", "SimpleFile", "Unknown"];

const validation: Spec = {
  member: "validation",
  kind: "group",
  optional: true,
  specs: [
    { member: "pattern", kind: "code" },
    { member: "minLength", kind: "integer" },
    { member: "maxLength", kind: "integer" },
    { member: "minimum", kind: "number" },
    { member: "maximum", kind: "number" },
    { member: "message", kind: "text" },
  ],
};

const verify: Spec = {
  member: "verify",
  kind: "group",
  optional: true,
  specs: [
    { member: "algorithm", name: "verifyAlgorithm", kind: "choice", options: ["HMAC-SHA256", "HMAC-SHA1", "HMAC-SHA512"], required: true },
    { member: "header", kind: "code", required: true },
    { member: "secret", kind: "code", required: true },
    { member: "encoding", kind: "choice", options: ["hex", "base64"] },
    { member: "prefix", name: "verifyPrefix", kind: "spaced" },
    { member: "timestampHeader", kind: "code" },
    { member: "toleranceSeconds", kind: "integer" },
  ],
};

const metadata: Spec = {
  member: "metadata",
  kind: "list",
  title: "property",
  noun: "cb.add.metadata",
  fresh: { source: "TokenResponse", from: "", property: "" },
  specs: [
    { member: "source", kind: "choice", options: ["TokenResponse", "RefreshResponse", "Callback", "TokenHeader", "IdToken"], required: true },
    { member: "from", kind: "code", required: true },
    { member: "property", kind: "code", required: true },
    { member: "required", kind: "switch" },
  ],
};

/** What describes the connector as a whole. */
export const settings: readonly Spec[] = [
  { member: "name", kind: "text", required: true },
  { member: "version", kind: "text" },
  { member: "description", kind: "area" },
  { member: "categories", kind: "strings" },
  { member: "status", kind: "choice", options: ["Approved", "Beta", "Planned", "Unknown"] },
  { member: "homepage", kind: "code" },
  { member: "billable", kind: "switch" },
  { member: "utility", kind: "switch" },
  { member: "requiresIpAllowlist", kind: "switch" },
  { member: "allowedHosts", kind: "strings" },
];

/** What happens around an installation. */
export const installation: readonly Spec[] = [
  { member: "postInstallTestAuth", kind: "reference", to: "method" },
  { member: "postInstallPropertyLookup", kind: "reference", to: "method" },
  {
    member: "partnerWebhook",
    kind: "group",
    optional: true,
    specs: [
      { member: "idLocation", kind: "code", required: true },
      { member: "property", name: "webhookProperty", kind: "code", required: true },
      verify,
    ],
  },
];

const is =
  (member: string, ...values: string[]) =>
  (owner: JsonObject) =>
    values.includes(typeof owner[member] === "string" ? owner[member] : "");
const isNot =
  (member: string, ...values: string[]) =>
  (owner: JsonObject) =>
    !is(member, ...values)(owner);

/** Which credentials an authentication asks for, and in which words. */
export const credentialNames = ["ApiKey", "Username", "Password", "ClientId", "ClientSecret", "Scopes", "Token", "TokenSecret", "PrivateKey"];

export const credential: readonly Spec[] = [
  { member: "label", kind: "text" },
  { member: "description", kind: "area" },
  { member: "default", name: "defaultValue", kind: "code" },
  { member: "hide", kind: "switch" },
  { member: "optional", kind: "switch" },
  { member: "sensitive", kind: "switch" },
  { member: "multiline", kind: "switch" },
  { member: "values", kind: "values" },
  validation,
];

const oauth1: Spec = {
  member: "oauth1",
  kind: "group",
  when: is("type", "OAuth1"),
  specs: [
    { member: "flow", kind: "choice", options: ["ThreeLegged", "TwoLegged", "TokenBased"] },
    { member: "requestTokenUrl", kind: "code", required: true, when: isNot("flow", "TwoLegged", "TokenBased") },
    { member: "authoriseUrl", kind: "code", required: true, when: isNot("flow", "TwoLegged", "TokenBased") },
    { member: "accessTokenUrl", kind: "code", required: true, when: isNot("flow", "TwoLegged", "TokenBased") },
    {
      member: "signatureMethod",
      kind: "choice",
      options: ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512", "PLAINTEXT"],
    },
    { member: "transport", kind: "choice", options: ["Header", "Query", "Body"] },
    { member: "realm", kind: "code" },
    { member: "key", name: "signingKey", kind: "code" },
    { member: "bodyHash", kind: "switch" },
    { member: "requestParams", kind: "map" },
    { member: "authoriseParams", kind: "map" },
    metadata,
  ],
};

const assertion: Spec = {
  member: "assertion",
  kind: "group",
  optional: true,
  specs: [
    { member: "key", name: "signingKey", kind: "code", required: true },
    {
      member: "algorithm",
      kind: "choice",
      options: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512"],
    },
    { member: "issuer", kind: "code" },
    { member: "subject", kind: "code" },
    { member: "audience", kind: "code" },
    { member: "lifetimeSeconds", kind: "integer" },
    { member: "headers", kind: "map" },
    { member: "claims", kind: "map" },
  ],
};

const oauth2: Spec = {
  member: "oauth2",
  kind: "group",
  when: is("type", "OAuth2"),
  specs: [
    {
      member: "type",
      name: "oauth2Type",
      kind: "choice",
      options: ["AuthorisationCode", "ClientCredentials", "PasswordCredentials"],
      required: true,
    },
    { member: "grantType", kind: "code" },
    { member: "authoriseUrl", kind: "code", required: true, when: is("type", "AuthorisationCode") },
    { member: "accessTokenUrl", kind: "code", required: true },
    { member: "refreshUrl", kind: "code" },
    { member: "revokeUrl", kind: "code" },
    { member: "scopes", kind: "strings" },
    { member: "scopeSeparator", kind: "spaced" },
    { member: "scopeParam", kind: "code" },
    { member: "clientAuth", kind: "choice", options: ["body", "basic", "none", "private_key_jwt", "tls_client_auth"] },
    { member: "pkce", kind: "choice", options: ["S256", "none"], when: is("type", "AuthorisationCode") },
    { member: "authoriseParams", kind: "map", when: is("type", "AuthorisationCode") },
    { member: "authoriseExclude", kind: "strings", when: is("type", "AuthorisationCode") },
    { member: "authoriseRename", kind: "map", when: is("type", "AuthorisationCode") },
    { member: "callbackCodeParam", kind: "code", when: is("type", "AuthorisationCode") },
    { member: "tokenMethod", kind: "choice", options: ["POST", "GET"] },
    { member: "tokenBody", kind: "choice", options: ["form", "json", "query"] },
    { member: "tokenParams", kind: "map" },
    { member: "tokenExclude", kind: "strings" },
    { member: "tokenRename", kind: "map" },
    { member: "tokenHeaders", kind: "map" },
    { member: "refreshParams", kind: "map" },
    { member: "resource", kind: "code" },
    { member: "issuer", name: "oauthIssuer", kind: "code" },
    {
      member: "tokenResponse",
      kind: "group",
      optional: true,
      specs: [
        { member: "format", name: "tokenFormat", kind: "choice", options: ["auto", "json", "form", "xml"] },
        { member: "accessToken", kind: "code" },
        { member: "refreshToken", kind: "code" },
        { member: "tokenType", kind: "code" },
        { member: "expiresIn", kind: "code" },
        { member: "expiresInUnit", kind: "choice", options: ["s", "ms"] },
        { member: "expiresAt", kind: "code" },
        { member: "refreshExpiresIn", kind: "code" },
        { member: "scope", kind: "code" },
        { member: "error", kind: "code" },
        { member: "errorDescription", kind: "code" },
      ],
    },
    {
      member: "placement",
      kind: "group",
      optional: true,
      specs: [
        { member: "in", kind: "choice", options: ["Header", "Query", "Cookie", "Body", "None"] },
        { member: "name", name: "placementName", kind: "code" },
        { member: "prefix", kind: "spaced" },
      ],
    },
    {
      member: "refresh",
      kind: "group",
      optional: true,
      specs: [
        { member: "skewSeconds", kind: "integer" },
        { member: "defaultLifetimeSeconds", kind: "integer" },
        { member: "keepAliveDays", kind: "integer" },
        { member: "on401", kind: "onByDefault" },
      ],
    },
    assertion,
    metadata,
  ],
};

/** One way to authenticate, after its key and type. */
export const authentication: readonly Spec[] = [
  { member: "name", kind: "text" },
  { member: "description", kind: "area" },
  { member: "default", name: "defaultWay", kind: "switch" },
  { member: "hide", kind: "switch" },
  { member: "authScheme", kind: "code", when: is("type", "ApiKey") },
  { member: "in", kind: "choice", options: ["Header", "Query", "Cookie", "None"], when: is("type", "ApiKey") },
  { member: "prefix", kind: "spaced", when: is("type", "ApiKey") },
  {
    member: "authFields",
    kind: "list",
    when: is("type", "AuthFields"),
    title: "name",
    noun: "cb.add.authField",
    fresh: { name: "", key: "", type: "Text" },
    specs: [
      { member: "name", name: "authFieldName", kind: "code", required: true },
      { member: "key", name: "authFieldKey", kind: "code", required: true },
      { member: "type", name: "authFieldType", kind: "choice", options: ["Text", "Password"], required: true },
      { member: "in", kind: "choice", options: ["Body", "Query", "Header"] },
    ],
  },
  oauth1,
  oauth2,
  {
    member: "tls",
    kind: "group",
    optional: true,
    specs: [
      { member: "certificate", kind: "code", required: true },
      { member: "privateKey", kind: "code", required: true },
      { member: "passphrase", kind: "code" },
    ],
  },
];

/** One parameter of the connector or of a method. */
export const parameter: readonly Spec[] = [
  {
    member: "targetType",
    kind: "choice",
    options: ["QueryString", "HttpHeader", "MergeField", "ResponseField", "FilterField", "Script", "Index"],
    required: true,
  },
  { member: "targetName", kind: "code", required: true },
  { member: "displayName", kind: "text" },
  { member: "description", kind: "area" },
  { member: "hide", kind: "switch" },
  { member: "optional", kind: "switch" },
  { member: "accountConnectorProperty", kind: "switch" },
  { member: "partnerConnectorProperty", kind: "switch" },
  { member: "sensitive", kind: "switch" },
  { member: "multiline", kind: "switch" },
  { member: "values", name: "parameterValues", kind: "values" },
  { member: "allowOther", kind: "switch" },
  { member: "defaultValue", kind: "code" },
  { member: "trigger", kind: "reference", to: "trigger" },
  { member: "dataType", kind: "choice", options: dataTypes },
  { member: "format", kind: "code", when: is("dataType", "DateTime") },
  { member: "displayOrder", kind: "integer" },
  { member: "authentications", kind: "references", to: "authentication" },
  validation,
  {
    member: "when",
    kind: "group",
    optional: true,
    specs: [
      { member: "parameter", name: "whenParameter", kind: "code", required: true },
      { member: "equals", name: "whenEquals", kind: "code", required: true },
    ],
  },
];

/** One field of a request or a response. */
export const field: readonly Spec[] = [
  { member: "connectorField", kind: "code", required: true },
  { member: "systemField", kind: "code" },
  { member: "displayField", kind: "text" },
  { member: "description", kind: "area" },
  { member: "dataType", kind: "choice", options: dataTypes },
  { member: "format", kind: "code", when: is("dataType", "DateTime") },
  { member: "optional", kind: "switch" },
  { member: "hide", kind: "switch" },
  { member: "readOnly", kind: "switch" },
  { member: "defaultValue", kind: "code" },
  { member: "values", kind: "values" },
  { member: "trigger", kind: "reference", to: "trigger" },
  { member: "displayOrder", kind: "integer" },
  validation,
];

/** One lookup. */
export const trigger: readonly Spec[] = [
  { member: "method", name: "triggerMethod", kind: "reference", to: "method", required: true },
  { member: "identifierKey", kind: "code", required: true },
  { member: "humanReadableKey", kind: "code", required: true },
  { member: "parameters", name: "triggerParameters", kind: "map" },
];

/** One category of methods, after its name. */
export const category: readonly Spec[] = [
  { member: "description", kind: "area" },
  { member: "displayOrder", kind: "integer" },
  {
    member: "customisation",
    kind: "group",
    specs: [
      { member: "enabled", kind: "switch" },
      { member: "objectLookupTrigger", kind: "reference", to: "trigger", when: (owner) => owner["enabled"] === true },
    ],
  },
];

/** A method's settings after its key and type. */
export const method: readonly Spec[] = [
  { member: "name", kind: "text", required: true },
  { member: "description", kind: "area" },
  { member: "category", kind: "text", required: true },
  { member: "subcategory", kind: "text" },
  { member: "httpMethod", kind: "choice", options: ["GET", "POST", "PUT", "PATCH", "DELETE"], required: true, when: is("type", "Action") },
  { member: "endpoint", kind: "code", required: true, when: is("type", "Action") },
  { member: "dataType", name: "bodyType", kind: "choice", options: bodyTypes },
  { member: "xmlRootElement", kind: "code" },
  { member: "hide", kind: "switch" },
  { member: "forEnhancedCustomFields", kind: "switch" },
  { member: "timeoutSeconds", kind: "integer", when: is("type", "Action") },
  { member: "authentications", kind: "references", to: "authentication" },
  { member: "status", kind: "choice", options: ["Approved", "Beta", "Planned", "Deprecated", "Unknown"] },
  { member: "warning", kind: "area" },
  { member: "comments", kind: "area" },
  {
    member: "webhook",
    kind: "group",
    when: is("type", "Webhook"),
    specs: [
      { member: "create", kind: "reference", to: "method" },
      { member: "update", kind: "reference", to: "method" },
      { member: "delete", kind: "reference", to: "method" },
      { member: "partner", kind: "switch" },
      verify,
    ],
  },
];

/** Request or response format, before its fields. */
export const message: readonly Spec[] = [
  { member: "dataType", name: "messageType", kind: "choice", options: bodyTypes },
  { member: "customFieldsLookup", kind: "reference", to: "method" },
];

/** Paging of the connector, or of a method that inherits it. */
export const paging = (inherits: boolean): readonly Spec[] => [
  { member: "inbound", kind: inherits ? "inherited" : "switch" },
  { member: "inboundPageSize", kind: "integer" },
  { member: "maxPages", kind: "integer" },
  { member: "allowCrossOrigin", kind: inherits ? "inherited" : "switch" },
  { member: "outbound", kind: inherits ? "inherited" : "switch" },
  { member: "outboundPageSize", kind: "integer" },
  { member: "outboundLocation", kind: "code" },
];
