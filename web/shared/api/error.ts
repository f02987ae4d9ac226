/** A call that the server refused, or that never reached it. */
export class ApiError extends Error {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** The stable dotted code of the refusal, when the server gave one. */
  readonly code: string | undefined;
  /** What to quote when asking for help. */
  readonly requestId: string | undefined;
  /** Status line, body and redacted request of a third party's failure. */
  readonly detail: string | undefined;

  constructor(
    message: string,
    about: { status: number; code?: string; requestId?: string; detail?: string; cause?: unknown },
  ) {
    super(message, { cause: about.cause });
    this.name = "ApiError";
    this.status = about.status;
    this.code = about.code;
    this.requestId = about.requestId;
    this.detail = about.detail;
  }
}

function textOf(body: unknown, name: string): string | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const value = (body as Record<string, unknown>)[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The failure that an answer tells of. */
export function errorFromAnswer(response: Response, body: unknown): ApiError {
  return new ApiError(textOf(body, "Message") ?? `${response.status} ${response.statusText}`.trim(), {
    status: response.status,
    code: response.headers.get("X-Velodrome-Code") ?? undefined,
    requestId: response.headers.get("X-Request-Id") ?? undefined,
    detail: textOf(body, "Detail"),
  });
}

/** The shape in which the generated client answers. */
interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The answer's body, or an `ApiError`. */
export async function unwrap<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await call;
  if (!response.ok) throw errorFromAnswer(response, error);
  return data as Data;
}

/** One page of a list and how much there is altogether. */
export interface ListPage<Item> {
  items: Item[];
  totalPages: number;
  totalRecords: number;
}

/** One page of a list, with the totals that travel in its headers. */
export async function unwrapPage<Item>(call: Promise<Answer<Item[]>>): Promise<ListPage<Item>> {
  const { data, error, response } = await call;
  if (!response.ok) throw errorFromAnswer(response, error);
  const items = data ?? [];
  const total = (name: string, otherwise: number) => {
    const value = Number(response.headers.get(name) ?? Number.NaN);
    return Number.isFinite(value) ? value : otherwise;
  };
  return {
    items,
    totalPages: total("Total-Pages", 1),
    totalRecords: total("Total-Records", items.length),
  };
}
