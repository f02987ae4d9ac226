import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import type { Plugin } from "vite";

/** What gains by it; fonts and pictures are compressed already. */
const text = /\.(?:css|js|json|svg)$/;

/**
 * Leaves text only in its compressed form, `name.js.br`, for the server to hand out as it is
 * (`crates/velodrome-api/src/built.rs`). The pages themselves stay readable.
 */
export function compressed(folder: string): Plugin {
  return {
    name: "velodrome-compressed",
    apply: "build",
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !text.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
        writeFileSync(`${path}.br`, brotliCompressSync(readFileSync(path), { params }));
        rmSync(path);
      }
    },
  };
}
