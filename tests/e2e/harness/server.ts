import { randomInt } from "node:crypto";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

export const administrator = { email: "admin@velodrome.test", password: "correct-horse-battery" };

const client = { id: "velodrome-e2e", secret: "velodrome-e2e-secret-0123456789" };

/** The built server with the sandbox, data of its own and a known administrator. */
export class Server {
  private readonly lines: string[] = [];

  private constructor(
    readonly url: string,
    private readonly data: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<Server> {
    const port = await freePort();
    const data = await mkdtemp(join(tmpdir(), "velodrome-e2e-"));
    const binary = process.env["VELODROME_BINARY"] ?? resolve("../../target/debug/velodrome");
    const child = spawn(binary, ["serve", "--sandbox"], {
      cwd: data,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        VELODROME_LISTEN: `127.0.0.1:${port}`,
        VELODROME_DATA_DIR: data,
        VELODROME_ADMIN_EMAIL: administrator.email,
        VELODROME_ADMIN_PASSWORD: administrator.password,
        VELODROME_BOOTSTRAP_CLIENT_ID: client.id,
        VELODROME_BOOTSTRAP_CLIENT_SECRET: client.secret,
        VELODROME_LOG_FORMAT: "json",
      },
    });
    const server = new Server(`http://127.0.0.1:${port}`, data, child);
    await server.ready();
    return server;
  }

  /** Everything the server wrote so far. */
  get log(): string {
    return this.lines.join("\n");
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null) {
      const ended = once(this.process, "exit");
      this.process.kill("SIGKILL");
      await ended;
    }
    await rm(this.data, { recursive: true, force: true });
  }

  /** A call of the REST API as the partner's own program, to prepare what a journey is not about. */
  async call<T>(method: string, path: string, body?: unknown, account?: string): Promise<T> {
    const token = await this.token();
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        "Content-Type": "application/json",
        ...(account === undefined ? {} : { "X-Cyclr-Account": account }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** The newest version of the connector of this name. */
  async connector(name: string): Promise<{ Id: number }> {
    const [newest] = await this.call<{ Id: number }[]>("GET", `/v1.0/connectors/${encodeURIComponent(name)}`);
    if (newest === undefined) throw new Error(`no connector ${name}`);
    return newest;
  }

  private async token(): Promise<string> {
    const response = await fetch(`${this.url}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: client.id,
        client_secret: client.secret,
      }),
    });
    const answer = (await response.json()) as { access_token: string };
    return answer.access_token;
  }

  /** Resolves with the line that says so, or rejects with the log when the server ends first. */
  private ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.process.once("error", reject);
      this.process.once("exit", (code) => {
        reject(new Error(`the server ended with ${code ?? "a signal"}:\n${this.log}`));
      });
      for (const stream of [this.process.stdout, this.process.stderr]) {
        if (stream === null) continue;
        createInterface({ input: stream }).on("line", (line) => {
          this.lines.push(line);
          if (line.includes('"message":"Ready')) resolve();
        });
      }
    });
  }
}

/**
 * A port below those that systems give to outgoing connections: one of those may be in use, for a moment, by
 * any client on this machine when the server wants to listen.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once("error", () => {
      resolve(false);
    });
    probe.listen(port, "127.0.0.1", () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}
