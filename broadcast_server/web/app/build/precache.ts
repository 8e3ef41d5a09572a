import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Plugin } from "vite";

const SQUEEZED = /\.(html|js|css|svg|json|webmanifest)$/;

const filesIn = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });

/** Tells the service worker what the app consists of, but for the pictures that a phone asks for once, when it is put
 * on its home screen; and lays a gzip and a brotli file beside whatever shrinks. */
export const precache = (): Plugin => ({
  name: "precache",
  apply: "build",
  writeBundle({ dir }) {
    if (!dir) throw new Error("no folder to write to");
    const shell = filesIn(dir)
      .map((path) => relative(dir, path))
      .filter((name) => !/\.(gz|br|map|png)$/.test(name) && name !== "worker.js")
      .sort();
    const version = createHash("sha256");
    for (const name of shell) version.update(name).update(readFileSync(join(dir, name)));
    const worker = join(dir, "worker.js");
    const text = readFileSync(worker, "utf8")
      .replace(/["'`]__SHELL__["'`]/, JSON.stringify(shell).slice(1, -1))
      .replace("__VERSION__", version.digest("hex").slice(0, 16));
    writeFileSync(worker, text);
    for (const path of filesIn(dir).filter((name) => SQUEEZED.test(name))) {
      const bytes = readFileSync(path);
      writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      const size = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
      writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: size }));
    }
  },
});
