/** Coming in, going out, another password: nothing that whoever is in needs for an alarm. */

import { answer, api } from "./api";
import { session } from "./session.svelte";

export const logIn = async (name: string, password: string): Promise<void> => {
  const me = await answer(api.POST("/api/v1/login", { body: { name, password } }));
  session.given = me.must_change ? password : "";
  session.is(me);
};

export const changePassword = async (old: string, fresh: string): Promise<void> => {
  await answer(api.POST("/api/v1/me/password", { body: { old, new: fresh } }));
  session.given = "";
  if (session.me) session.is({ ...session.me, must_change: false });
};

export const logOut = async (): Promise<void> => {
  await answer(api.POST("/api/v1/logout"));
  session.is(null);
};
