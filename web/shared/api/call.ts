import { errorFromAnswer } from "./error";
import { guardedFetch } from "./guardedFetch";

interface CallOptions {
  body?: unknown;
  query?: Readonly<Record<string, string | number | undefined>>;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

/** An answer's body, read as JSON where it is JSON and as text where it is not, and its headers. */
export interface Called<Data> {
  data: Data;
  headers: Headers;
}

/**
 * A call whose path is known but which the generated client does not describe. Prefer the client: it
 * knows the types.
 */
export async function callApi<Data>(method: string, path: string, { body, query = {}, headers = {}, signal }: CallOptions = {}): Promise<Called<Data>> {
  const url = new URL(path, window.location.origin);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  const response = await guardedFetch(
    new Request(url, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    }),
  );
  const text = await response.text();
  const isJson = response.headers.get("Content-Type")?.includes("json") ?? false;
  const data: unknown = isJson ? (text === "" ? undefined : JSON.parse(text)) : text;
  if (!response.ok) throw errorFromAnswer(response, data);
  return { data: data as Data, headers: response.headers };
}
