import { svelte } from "@sveltejs/vite-plugin-svelte";
import { readFileSync } from "node:fs";
import { defineConfig } from "vite";
import { mounted } from "./build/mounted.ts";
import { precache } from "./build/precache.ts";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as { version: string };

// The app lives under /app/ of the station that serves it and asks no other host for anything.
export default defineConfig({
  base: "/app/",
  define: { __APP_VERSION__: JSON.stringify(version) },
  plugins: [svelte(), mounted(), precache()],
  build: {
    target: "chrome110",
    assetsInlineLimit: 0, // the station's content policy allows no data: scripts, styles or fonts
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "index.html", worker: "src/worker.ts" },
      output: {
        // Short: the first load has the names of all the later ones.
        entryFileNames: (chunk) => (chunk.name === "worker" ? "worker.js" : "assets/[name]-[hash:6].js"),
        chunkFileNames: "assets/[name]-[hash:6].js",
        assetFileNames: "assets/[name]-[hash:6][extname]",
        // All of the first load in one file: it is smaller squeezed together, and asked for once.
        // What several of the later screens share is one file too: the first load has the names of all of them.
        codeSplitting: {
          groups: [
            { name: "first", tags: ["$initial"], test: (id) => !id.endsWith("/src/worker.ts") },
            { name: "door", test: /\/src\/(screens\/(Login|Password)|lib\/account)/ },
            { name: "shared", test: /\/src\/(parts\/(Told|NoLine|Sheet|Sure|Places|Level|Deaf|shapes|recording)|screens\/type\/Chips|lib\/(late|plain|player|saving|passkeys|notices))/ },
            { name: "soon", test: /\/src\/(parts\/(Fresh|State)|lib\/(ahead|pending|waiting)|soon|screens\/(More|Timetable|Todo|relay\/Warning|schedule\/days|settings\/FirstRun))/ },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": { target: "http://127.0.0.1:8080", ws: true } } },
});
