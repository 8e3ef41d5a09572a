import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import { tongue } from "./lib/language.svelte";
import "./lib/look.svelte";

void tongue.begin().then(() => mount(App, { target: document.getElementById("app")! }));

if (import.meta.env.PROD && "serviceWorker" in navigator)
  addEventListener("load", () => void navigator.serviceWorker.register("/app/worker.js"));
