import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { callApi } from "@shared/api/call";
import { inAccount } from "@shared/api/client";
import { libraryKey } from "./library";

/** State of a release. */
export type ReleaseState = "Draft" | "Live" | "Deprecated";

/** A custom connector of a list. */
export interface CustomConnectorSummary {
  Id: number;
  UniqueIdentifier: string;
  Name: string;
  Description?: string | null;
  Version?: string | null;
  Status: string;
  ReleaseStatus: ReleaseState;
  ReleaseVersionMajor?: number | null;
  ReleaseVersionMinor?: number | null;
  CreatedOnUtc?: string | null;
  UpdatedOnUtc?: string | null;
}

/** A stored custom connector in the JSON form; members that are not named here are kept. */
export interface CustomConnector extends CustomConnectorSummary {
  Icon?: string | null;
  [member: string]: unknown;
}

/** One release of a custom connector. */
export interface CustomRelease {
  Number: number;
  ConnectorId: number;
  ReleaseStatus: ReleaseState;
  ReleaseType?: "Major" | "Minor" | null;
  ReleaseVersionMajor?: number | null;
  ReleaseVersionMinor?: number | null;
  Notes?: string | null;
  InstalledCount: number;
  CreatedOnUtc?: string | null;
  UpdatedOnUtc?: string | null;
  PublishedOnUtc?: string | null;
}

/** One thing that differs between two releases. */
export interface ReleaseChange {
  Kind: string;
  Change: "Added" | "Removed" | "Changed";
  Method?: string | null;
  Name: string;
  Property?: string | null;
  Old?: string | null;
  New?: string | null;
  /** The change as a sentence. */
  Text: string;
}

/** How two releases differ. */
export interface ReleaseDifference {
  From: { Number: number; ReleaseStatus: ReleaseState };
  To: { Number: number; ReleaseStatus: ReleaseState };
  /** A Minor release would move installed connectors at once. */
  IsCompatible: boolean;
  Changes: ReleaseChange[];
}

/** Something wrong in a definition, in the words of `velodrome connector check`. */
export interface DefinitionFault {
  /** Where, as a JSON pointer into what was sent; empty for the whole. */
  Pointer: string;
  Line?: number | null;
  Column?: number | null;
  Code: string;
  Severity: "Error" | "Warning";
  Message: string;
}

/** What the server says of a definition, and the definition in both forms when it is valid. */
export interface Validation {
  IsValid: boolean;
  Faults: DefinitionFault[];
  Definition?: Record<string, unknown> | null;
  Yaml?: string | null;
}

const path = "/v1.0/account/connectors/custom";

/** Key of everything about custom connectors of one owner. */
export const customKey = (owner: string) => ["custom-connectors", owner] as const;
const oneKey = (owner: string, id: number) => [...customKey(owner), id] as const;

/** No owner has more than one answer holds. */
const pageSize = 1000;

/** The custom connectors of an owner: an account, or the partner's template account for the partner's own. */
export function useCustomConnectors(owner: string | undefined) {
  return useQuery({
    queryKey: [...customKey(owner ?? ""), "list"],
    enabled: owner !== undefined,
    queryFn: async ({ signal }) =>
      (
        await callApi<CustomConnectorSummary[]>("GET", path, {
          headers: inAccount(owner ?? ""),
          query: { pageSize, orderBy: "Name", sortOrderAsc: "true" },
          signal,
        })
      ).data,
  });
}

/** A definition as it is stored: in the JSON form, and as the definition file. */
export interface StoredDefinition {
  json: CustomConnector;
  yaml: string;
}

/** The newest release of a custom connector in both forms. */
export function useCustomConnector(owner: string | undefined, id: number) {
  return useQuery({
    queryKey: [...oneKey(owner ?? "", id), "definition"],
    enabled: owner !== undefined,
    queryFn: async ({ signal }): Promise<StoredDefinition> => {
      const headers = inAccount(owner ?? "");
      const [json, yaml] = await Promise.all([
        callApi<CustomConnector>("GET", `${path}/${id}`, { headers, signal }),
        callApi<string>("GET", `${path}/${id}`, { headers, query: { format: "yaml" }, signal }),
      ]);
      return { json: json.data, yaml: yaml.data };
    },
    // What is being edited must not be replaced under the editor.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}

/** The definition as text, to take away. */
export async function exportDefinition(owner: string, id: number, format: "json" | "yaml"): Promise<string> {
  const { data } = await callApi<unknown>("GET", `${path}/${id}`, { headers: inAccount(owner), query: format === "yaml" ? { format } : {} });
  return typeof data === "string" ? data : JSON.stringify(data, null, 2);
}

/** Every release, newest first. */
export function useCustomReleases(owner: string | undefined, id: number) {
  return useQuery({
    queryKey: [...oneKey(owner ?? "", id), "releases"],
    enabled: owner !== undefined,
    queryFn: async ({ signal }) =>
      (await callApi<CustomRelease[]>("GET", `${path}/${id}/releases`, { headers: inAccount(owner ?? ""), signal })).data,
  });
}

/** How two releases differ. */
export function useDifference(owner: string | undefined, id: number, from: string, to: string, enabled: boolean) {
  return useQuery({
    queryKey: [...oneKey(owner ?? "", id), "difference", from, to],
    enabled: enabled && owner !== undefined,
    queryFn: async ({ signal }) =>
      (await callApi<ReleaseDifference>("GET", `${path}/${id}/difference`, { headers: inAccount(owner ?? ""), query: { from, to }, signal })).data,
  });
}

/** Asks what is wrong with a definition; nothing is stored. */
export async function validateText(owner: string, text: string, signal?: AbortSignal): Promise<Validation> {
  const { data } = await callApi<Validation>("POST", `${path}/validate`, {
    headers: inAccount(owner),
    body: { Text: text },
    ...(signal === undefined ? {} : { signal }),
  });
  return data;
}

/** Changes of one owner's custom connectors. */
export function useCustomChanges(owner: string) {
  const queries = useQueryClient();
  const headers = inAccount(owner);
  const refresh = () =>
    Promise.all([queries.invalidateQueries({ queryKey: [...customKey(owner), "list"] }), queries.invalidateQueries({ queryKey: libraryKey })]);
  const refreshOne = async (id: number) => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: oneKey(owner, id), predicate: (query) => query.queryKey[3] !== "definition" }),
      refresh(),
    ]);
  };
  return {
    create: useMutation({
      mutationFn: async (definition: Record<string, unknown>) => (await callApi<CustomConnector>("POST", path, { headers, body: definition })).data,
      onSuccess: refresh,
    }),
    update: useMutation({
      mutationFn: async ({ id, definition }: { id: number; definition: Record<string, unknown> }) =>
        (await callApi<CustomConnector>("PUT", `${path}/${id}`, { headers, body: definition })).data,
      onSuccess: (_, { id }) => refreshOne(id),
    }),
    publish: useMutation({
      mutationFn: async ({ id, ...body }: { id: number; ReleaseType: "Major" | "Minor"; Notes?: string }) =>
        (await callApi<CustomConnector>("POST", `${path}/${id}/publish`, { headers, body })).data,
      onSuccess: (_, { id }) => refreshOne(id),
    }),
    discardDraft: useMutation({
      mutationFn: async (id: number) => (await callApi<undefined>("DELETE", `${path}/${id}/draft`, { headers })).data,
      onSuccess: (_, id) => refreshOne(id),
    }),
    remove: useMutation({
      mutationFn: async (id: number) => (await callApi<undefined>("DELETE", `${path}/${id}`, { headers })).data,
      onSuccess: refresh,
    }),
  };
}
