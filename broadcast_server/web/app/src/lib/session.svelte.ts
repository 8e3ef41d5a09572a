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

  async logIn(name: string, password: string): Promise<void> {
    const me = await answer(api.POST("/api/v1/login", { body: { name, password } }));
    this.given = me.must_change ? password : "";
    this.is(me);
  }

  async changePassword(old: string, fresh: string): Promise<void> {
    await answer(api.POST("/api/v1/me/password", { body: { old, new: fresh } }));
    this.given = "";
    if (this.me) this.is({ ...this.me, must_change: false });
  }

  async logOut(): Promise<void> {
    await answer(api.POST("/api/v1/logout"));
    this.is(null);
  }

  may(right: Json["Right"]): boolean {
    return this.me?.rights.includes(right) ?? false;
  }

  private is(me: Me | null): void {
    if (!me) this.given = "";
    this.me = me;
    if (me) localStorage.setItem(KEPT, JSON.stringify(me));
    else localStorage.removeItem(KEPT);
  }
}

export const session = new Session();
