import { server } from "@shared/testing/setup";
import type { DefinitionFault, DefinitionVerdict } from "@shared/api/types";

const path = "/v1.0/account/connectors/custom";

/** A definition with one method, as the server keeps it. */
export const stockroom = `format: velodrome.connector/1
slug: stockroom
name: Stockroom
release: {number: 1, status: Draft}
authentications:
  - {key: api-key, name: API Key, type: ApiKey, authScheme: X-Api-Key}
triggers:
  - {name: Select Shelf, method: list-shelves, identifierKey: "[].id", humanReadableKey: "[].name"}
methods:
  - key: list-shelves
    name: List Shelves
    category: Shelves
    type: Action
    httpMethod: GET
    endpoint: https://stockroom.example/shelves
    parameters:
      - {targetType: QueryString, targetName: page, hide: true, values: [CYCLR_PAGE_NUMBER]}
    response:
      fields:
        - {connectorField: "[].id", dataType: Integer}
  - key: shelf-changed
    name: Shelf Changed
    category: Events
    type: Webhook
`;

/** What the server answers about the connector, and what it finds wrong with whatever it is sent. */
export function serveConnector(faultsOf: (text: string) => DefinitionFault[] = () => [], state: "Draft" | "Live" = "Draft") {
  server.on("GET /v1.0/partner", { body: { Id: "partner", TemplateAccountId: "template" } });
  server.on(`GET ${path}/7`, (call) =>
    call.query.get("format") === "yaml"
      ? { body: stockroom, headers: { "Content-Type": "application/yaml" } }
      : {
          body: {
            Id: 7,
            UniqueIdentifier: "89f14769-a615-5865-a3c7-0b6635335895",
            Name: "Stockroom",
            Status: "Approved",
            ReleaseStatus: state,
            ProductAddon: { Kept: true },
          },
        },
  );
  server.on(`POST ${path}/validate`, (call) => {
    const { Text } = call.body as { Text: string };
    const Faults = faultsOf(Text);
    const IsValid = Faults.every((fault) => fault.Severity !== "Error");
    const answer: DefinitionVerdict = { IsValid, Faults, Definition: IsValid ? { Name: "as read", Read: Text } : null, Yaml: IsValid ? Text : null };
    return { body: answer };
  });
  server.on(`PUT ${path}/7`, { body: { Id: 7, UniqueIdentifier: "u", Name: "Stockroom", Status: "Approved", ReleaseStatus: "Draft" } });
}

/** The definition that was last stored. */
export function stored(): unknown {
  const sent = server.made(`PUT ${path}/7`).at(-1)?.body as { Read: string } | undefined;
  return sent === undefined ? undefined : JSON.parse(sent.Read);
}
