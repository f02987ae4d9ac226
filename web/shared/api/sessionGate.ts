/**
 * Holds calls back while nobody is signed in.
 *
 * When the server says that the session is over, the call waits here instead of failing, the shell
 * shows the sign-in overlay, and the call is repeated afterwards: whatever was being done is kept.
 */
export class SessionGate {
  #closed: PromiseWithResolvers<undefined> | undefined;
  readonly #listeners = new Set<() => void>();

  /** Whether calls are waiting for somebody to sign in. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Closes the gate; resolves when it opens again. */
  wait(): Promise<undefined> {
    if (this.#closed === undefined) {
      this.#closed = withResolvers<undefined>();
      this.#tell();
    }
    return this.#closed.promise;
  }

  /** Lets the waiting calls go on: somebody signed in. */
  open(): void {
    const closed = this.#closed;
    this.#closed = undefined;
    closed?.resolve(undefined);
    this.#tell();
  }

  /** Calls back on every change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** `Promise.withResolvers`, which browsers of two years ago lack. */
function withResolvers<Value>(): PromiseWithResolvers<Value> {
  let resolve!: PromiseWithResolvers<Value>["resolve"];
  let reject!: PromiseWithResolvers<Value>["reject"];
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

interface PromiseWithResolvers<Value> {
  promise: Promise<Value>;
  resolve: (value: Value) => void;
  reject: (reason: unknown) => void;
}

/** The one gate of this page. */
export const sessionGate = new SessionGate();
