/** What is prepared for an emergency: kept on the phone, so that the tiles are there at once, network or not. */

import { answer, api, type Json } from "./api";

export type Template = Json["TemplateJson"];

/** What is said when an alarm is over. */
export const AFTERWARDS = ["correction", "all_clear"];

const KEPT = "templates";

class Templates {
  all = $state.raw<Template[]>(JSON.parse(localStorage.getItem(KEPT) ?? "[]") as Template[]);

  async look(): Promise<void> {
    const found = await answer(api.GET("/api/v1/orders/templates"));
    this.all = found.items;
    localStorage.setItem(KEPT, JSON.stringify(found.items));
  }

  named(name: string): Template | undefined {
    return this.all.find((one) => one.name === name);
  }
}

export const templates = new Templates();
