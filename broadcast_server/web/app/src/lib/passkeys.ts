/** The phone's own lock as a key to the station (passkeys): made with the password, shown instead of it. */

import { answer, api, Refusal, type Json } from "./api";

/** Whether this browser can, here: by a number for an address no browser does. */
export const canPasskeys = (): boolean =>
  "PublicKeyCredential" in window &&
  "parseRequestOptionsFromJSON" in PublicKeyCredential &&
  !/^[\d.]+$|:/.test(location.hostname);

const CANCELLED = new Refusal(
  0,
  "passkey_cancelled",
  "Chưa mở khóa được: đã hủy, hết giờ, hoặc máy này chưa có khóa của đài.",
  "Not unlocked: it was cancelled, took too long, or this phone has no key of the station's.",
);
const KNOWN = new Refusal(
  0,
  "passkey_here_already",
  "Máy này đã có khóa của tài khoản này.",
  "This phone has a key of this account already.",
);

const byPhone = async (asked: Promise<Credential | null>): Promise<PublicKeyCredential> => {
  try {
    const found = await asked;
    if (found) return found as PublicKeyCredential;
  } catch (error) {
    if (error instanceof DOMException && error.name === "InvalidStateError") throw KNOWN;
    if (!(error instanceof DOMException)) throw error;
  }
  throw CANCELLED;
};

/** Log in: whoever opens the phone's lock is known by that. */
export const logInByPhone = async (): Promise<void> => {
  const options = await answer(api.POST("/api/v1/login/passkey/options"));
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON);
  const shown = await byPhone(navigator.credentials.get({ publicKey }));
  await answer(api.POST("/api/v1/login/passkey", { body: shown.toJSON() as Json["Shown"] }));
};

/** Make a key on this phone. The password is asked first: a phone that lies about makes nobody one. */
export const addPhone = async (password: string): Promise<Json["PasskeyJson"]> => {
  const options = await answer(api.POST("/api/v1/me/passkeys/options", { body: { password } }));
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON);
  const made = await byPhone(navigator.credentials.create({ publicKey }));
  return answer(api.POST("/api/v1/me/passkeys", { body: { name: "", credential: made.toJSON() as Json["Made"] } }));
};
