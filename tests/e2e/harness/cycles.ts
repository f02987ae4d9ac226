import type { Server } from "./server.ts";

/** The account that the cycles of journeys belong to. */
export const account = "bramble";

/** What the sandbox's Pipedrive accepts. */
const key = "sandbox-pipedrive-key";

interface Named {
  Id: string;
}

interface Mapping {
  Field: { Id: number; Location: string };
}

interface EarlierField {
  Id: number;
  Location: string;
}

/** The account, with Pipedrive in it. Answers the number of the account connector. */
export async function addAccount(server: Server): Promise<number> {
  await server.call("POST", "/v1.0/accounts", { Id: account, Name: "Bramble Books" });
  const installed = await server.call<{ Id: number }>("POST", "/v1.0/connectors/Pipedrive/install", { Name: "Sales", AuthValue: key }, account);
  return installed.Id;
}

/** Gives the account connector a key that is accepted, or one that is not. */
export async function authenticate(server: Server, accountConnector: number, works: boolean): Promise<void> {
  await server.call("PUT", `/v1.0/account/connectors/${accountConnector}`, { AuthValue: works ? key : "no-longer-valid" }, account);
}

/** A cycle that makes a deal of each person; what fails stops its transaction. */
export async function addCycle(server: Server, accountConnector: number, name: string): Promise<string> {
  const cycle = await server.call<Named>("POST", "/v1.0/cycles", { Name: name, StepErrorAction: "StopTransaction", Shareable: true }, account);
  const methods = await server.call<{ Name: string; MethodUniqueIdentifier: string }[]>("GET", "/v1.0/connectors/Pipedrive/methods?pageSize=1000", undefined, account);
  const step = (method: string) =>
    server.call<Named>(
      "POST",
      `/v1.0/cycles/${cycle.Id}/steps`,
      {
        ActionType: "Action",
        Name: method,
        AccountConnectorId: accountConnector,
        MethodUniqueIdentifier: methods.find(({ Name }) => Name === method)?.MethodUniqueIdentifier,
      },
      account,
    );
  const list = await step("List Persons");
  const create = await step("Create Deal");
  await server.call("POST", `/v1.0/cycles/${cycle.Id}/edges`, { TailStepId: list.Id, HeadStepId: create.Id }, account);
  const fields = await server.call<Mapping[]>("GET", `/v1.0/steps/${create.Id}/fieldmappings`, undefined, account);
  const earlier = await server.call<EarlierField[]>("GET", `/v1.0/steps/${create.Id}/fieldsformapping`, undefined, account);
  const title = fields.find(({ Field }) => Field.Location === "title")?.Field.Id;
  const person = earlier.find(({ Location }) => Location === "[data].name")?.Id;
  await server.call("PUT", `/v1.0/steps/${create.Id}/fieldmappings/${title}`, { MappingType: "PreviousStep", SourceStepId: list.Id, SourceFieldId: person }, account);
  return cycle.Id;
}

/** Starts a cycle, which runs at once. */
export async function start(server: Server, cycle: string): Promise<void> {
  await server.call("PUT", `/v1.0/cycles/${cycle}/activate`, { Interval: 60 }, account);
}

/** A template of the cycle that is installed in the account, and a newer release that does something else. Answers the template's id. */
export async function addUpgrade(server: Server, cycle: string): Promise<string> {
  const document = await server.call<Record<string, unknown>>("GET", `/v1.0/cycles/${cycle}/export`, undefined, account);
  const template = await server.call<Named>("POST", "/v1.0/templates/import", { ...document, Name: "Persons to deals" });
  const path = `/v1.0/templates/${template.Id}`;
  const [first] = await server.call<Named[]>("GET", `${path}/releases`);
  await server.call("PUT", `${path}/releases/${first?.Id ?? ""}/promote`);
  await server.call("POST", `${path}/install`, { Name: "Deals of Bramble" }, account);
  const draft = await server.call<Named & { CycleId: string }>("POST", `${path}/releases`, { SourceReleaseId: first?.Id });
  const { TemplateAccountId } = await server.call<{ TemplateAccountId: string }>("GET", "/v1.0/partner");
  await server.call("POST", `/v1.0/cycles/${draft.CycleId}/steps`, { ActionType: "Delay", Name: "Let it settle", Delay: { Interval: 5, Unit: "Minutes" } }, TemplateAccountId);
  const steps = await server.call<(Named & { Name: string })[]>("GET", `/v1.0/cycles/${draft.CycleId}/steps`, undefined, TemplateAccountId);
  const of = (name: string) => steps.find(({ Name }) => Name === name)?.Id;
  await server.call("POST", `/v1.0/cycles/${draft.CycleId}/edges`, { TailStepId: of("Create Deal"), HeadStepId: of("Let it settle") }, TemplateAccountId);
  await server.call("PUT", `/v1.0/cycles/${draft.CycleId}`, { StepErrorAction: "Retry" }, TemplateAccountId);
  await server.call("PUT", `${path}/releases/${draft.Id}/promote`);
  return template.Id;
}
