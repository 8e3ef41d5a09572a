import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import "./lib/look.svelte";

mount(App, { target: document.getElementById("app")! });

if (import.meta.env.PROD && "serviceWorker" in navigator)
  addEventListener("load", () => void navigator.serviceWorker.register("/app/worker.js"));
