/** Who is using the phone. */

import { answer, api, listen, Refusal, type Json } from "./api";

export type Me = Json["UserJson"];

const KEPT = "me";

const remembered = (): Me | null => {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "null") as Me | null;
  } catch {
    return null;
  }
};

class Session {
  /** Null for nobody. Without a line it is who was here last, so that the shell can be shown. */
  me = $state<Me | null>(remembered());
  /** The one-time password that somebody just came in with, until it is changed: it is not asked for twice. */
  given = "";

  constructor() {
    listen((refusal) => {
      if (refusal.code === "login_required") this.is(null);
      if (refusal.code === "password_change_required" && this.me) this.is({ ...this.me, must_change: true });
    });
  }

  async look(): Promise<void> {
    try {
      this.is(await answer(api.GET("/api/v1/me")));
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) this.is(null);
    }
  }

  may(right: Json["Right"]): boolean {
    return this.me?.rights.includes(right) ?? false;
  }

  /** From now on it is this one. */
  is(me: Me | null): void {
    if (!me) this.given = "";
    this.me = me;
    if (me) localStorage.setItem(KEPT, JSON.stringify(me));
    else localStorage.removeItem(KEPT);
  }
}

export const session = new Session();
