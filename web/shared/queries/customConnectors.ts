import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { callApi } from "@shared/api/call";
import { api, inAccount } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { Connector, CustomConnector, DefinitionVerdict, OpenApiImport, OpenApiUpdate } from "@shared/api/types";
import { libraryKey } from "./library";

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
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/account/connectors/custom", {
          params: { header: inAccount(owner ?? ""), query: { pageSize, orderBy: "Name", sortOrderAsc: true } },
          signal,
        }),
      ),
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
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/account/connectors/custom/{connectorId}/releases", {
          params: { header: inAccount(owner ?? ""), path: { connectorId: id } },
          signal,
        }),
      ),
  });
}

/** The draft as a connector of the library, which its owner alone sees: with its authentications. */
export function useDraftConnector(owner: string, id: number) {
  const draft = useDraftNumber(owner, id);
  return useQuery({
    queryKey: [...oneKey(owner, id), "draft", draft],
    enabled: draft !== undefined,
    queryFn: async ({ signal }): Promise<Connector> => {
      const params = { path: { connector: String(draft) }, header: inAccount(owner) };
      const answer = await unwrap(api.GET("/v1.0/connectors/{connector}", { params, signal }));
      // Asked by number the API answers one connector, asked by name a list.
      const connector = Array.isArray(answer) ? answer[0] : answer;
      if (connector === undefined) throw new Error(`There is no connector ${draft ?? id}.`);
      return connector;
    },
  });
}

/** The methods of the draft. */
export function useDraftMethods(owner: string, id: number) {
  const draft = useDraftNumber(owner, id);
  return useQuery({
    queryKey: [...oneKey(owner, id), "draft-methods", draft],
    enabled: draft !== undefined,
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/connectors/{connector}/methods", {
          params: { path: { connector: String(draft) }, query: { pageSize, includeHidden: true }, header: inAccount(owner) },
          signal,
        }),
      ),
  });
}

/** The number by which the library knows the draft; none without one. */
function useDraftNumber(owner: string, id: number) {
  return useCustomReleases(owner, id).data?.find((release) => release.ReleaseStatus === "Draft")?.ConnectorId;
}

/** How two releases differ. */
export function useDifference(owner: string | undefined, id: number, from: string, to: string, enabled: boolean) {
  return useQuery({
    queryKey: [...oneKey(owner ?? "", id), "difference", from, to],
    enabled: enabled && owner !== undefined,
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/account/connectors/custom/{connectorId}/difference", {
          params: { header: inAccount(owner ?? ""), path: { connectorId: id }, query: { from, to } },
          signal,
        }),
      ),
  });
}

/** Asks what is wrong with a definition; nothing is stored. */
export async function validateText(owner: string, text: string, signal?: AbortSignal): Promise<DefinitionVerdict> {
  const { data } = await callApi<DefinitionVerdict>("POST", `${path}/validate`, {
    headers: inAccount(owner),
    body: { Text: text },
    ...(signal === undefined ? {} : { signal }),
  });
  return data;
}

/** A document to make a connector of, or to bring the connector of this id up to date with. */
export type OpenApiSource = OpenApiImport | (OpenApiUpdate & { id: number });

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
    importOpenApi: useMutation({
      mutationFn: (source: OpenApiSource) => {
        if (!("id" in source)) return unwrap(api.POST("/v1.0/account/connectors/custom/import", { params: { header: headers }, body: source }));
        const { id, ...body } = source;
        const params = { header: headers, path: { connectorId: id } };
        return unwrap(api.POST("/v1.0/account/connectors/custom/{connectorId}/import", { params, body }));
      },
      onSuccess: ({ Connector }) => refreshOne(Connector.Id),
    }),
    publish: useMutation({
      mutationFn: ({ id, ...body }: { id: number; ReleaseType: "Major" | "Minor"; Notes?: string }) =>
        unwrap(
          api.POST("/v1.0/account/connectors/custom/{connectorId}/publish", { params: { header: headers, path: { connectorId: id } }, body }),
        ),
      onSuccess: (_, { id }) => refreshOne(id),
    }),
    discardDraft: useMutation({
      mutationFn: (id: number) =>
        unwrap(api.DELETE("/v1.0/account/connectors/custom/{connectorId}/draft", { params: { header: headers, path: { connectorId: id } } })),
      onSuccess: (_, id) => refreshOne(id),
    }),
    remove: useMutation({
      mutationFn: (id: number) =>
        unwrap(api.DELETE("/v1.0/account/connectors/custom/{connectorId}", { params: { header: headers, path: { connectorId: id } } })),
      onSuccess: refresh,
    }),
  };
}
