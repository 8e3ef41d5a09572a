import type { Plugin } from "vite";

const FLAG = "export let hydrating = false;";
const SWITCH = "hydrating = value;";

/** Leaves out what Svelte has for pages that a server drew before: here none is, and the bundler does not see by itself
 * that its flag for one never rises. Throws if Svelte writes that flag in another way by now. */
export const mounted = (): Plugin => ({
  name: "mounted",
  apply: "build",
  transform: {
    filter: { id: /svelte\/src\/internal\/client\/dom\/hydration\.js$/ },
    handler(code) {
      if (!code.includes(FLAG) || !code.includes(SWITCH)) this.error("Svelte has another flag for pages drawn before");
      return { code: code.replace(FLAG, "export const hydrating = false;").replace(SWITCH, ""), map: null };
    },
  },
});
