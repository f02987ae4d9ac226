/** What a fake endpoint answers. */
export interface FakeAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** A call that was made. */
export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: unknown;
}

type Reply = FakeAnswer | ((call: Call) => FakeAnswer);

/** Answers `fetch` for one test and remembers what was asked. */
export class FakeServer {
  readonly calls: Call[] = [];
  readonly unexpected: string[] = [];
  readonly #replies = new Map<string, Reply>();

  /** Sets what "GET /path" answers from now on. */
  on(request: string, reply: Reply): this {
    this.#replies.set(request, reply);
    return this;
  }

  /** The calls made to "GET /path". */
  made(request: string): Call[] {
    return this.calls.filter((call) => `${call.method} ${call.path}` === request);
  }

  async answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const text = await request.text();
    const call: Call = {
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text === "" ? undefined : (JSON.parse(text) as unknown),
    };
    this.calls.push(call);
    const name = `${call.method} ${call.path}`;
    const reply = this.#replies.get(name);
    if (reply === undefined) {
      this.unexpected.push(name);
      return new Response(null, { status: 500 });
    }
    const { status = 200, headers = {}, body } = typeof reply === "function" ? reply(call) : reply;
    const type = new Headers(headers).get("Content-Type") ?? "application/json";
    return new Response(body === undefined ? null : typeof body === "string" && !type.includes("json") ? body : JSON.stringify(body), {
      status,
      headers: { "Content-Type": "application/json", ...headers },
    });
  }
}
