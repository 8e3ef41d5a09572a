/** Files on their way to the station, one after the other; each goes on where it was, whatever ended the app. */

import { answer, api, refusal, type Refusal } from "../../lib/api";
import { session } from "../../lib/session.svelte";
import * as depot from "./depot";
import { heardAs } from "./loudness";
import { Shipment } from "./shipment.svelte";

const CHECK_MS = 1000;

class Uploads {
  all = $state<Shipment[]>([]);
  /** Whether what this phone keeps is known. */
  ready = $state(false);
  /** How many have become recordings since the app began. */
  arrived = $state(0);

  private who = "";
  private busy = false;

  /** Take up what this person has left on this phone. */
  async begin(who: string): Promise<void> {
    if (this.who !== who) {
      for (const one of this.all) one.leave();
      this.all = [];
      this.who = who;
    }
    const rows = await depot.parcels(who);
    for (const row of rows.filter((row) => !this.all.some((one) => one.row.id === row.id))) this.all.push(new Shipment(row));
    for (const one of this.all) if (one.state === "checking") void this.follow(one);
    this.ready = true;
    void this.pump();
  }

  /** A new one. If the phone has no room to keep it, it is sent from memory and must not be closed. */
  async add(file: Blob, name: string, title: string, take?: string): Promise<void> {
    const row: depot.Parcel = {
      id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`,
      who: this.who,
      name,
      title,
      size: file.size,
      url: null,
      paused: false,
      whole: false,
      made_ms: Date.now(),
    };
    let kept = true;
    try {
      await depot.post(row, file, take);
      void navigator.storage?.persist?.();
    } catch {
      kept = false;
    }
    this.all.push(new Shipment(row, kept ? null : file));
    void this.pump();
  }

  resume(one: Shipment): void {
    one.resume();
    void this.pump();
  }

  async drop(one: Shipment): Promise<void> {
    this.all = this.all.filter((other) => other !== one);
    await one.cancel();
  }

  private async pump(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      for (let one; (one = this.all.find((each) => each.state === "waiting")); ) {
        const end = await one.send();
        if (end === "gone") this.all = this.all.filter((other) => other !== one);
        if (end === "whole") void this.follow(one);
        if (end === "login") {
          await session.look();
          return; // begun again by whoever logs in
        }
      }
    } finally {
      this.busy = false;
    }
  }

  /** What the library makes of it. */
  private async follow(one: Shipment): Promise<void> {
    if (one.followed) return;
    one.followed = true;
    while (this.all.includes(one)) {
      try {
        const found = await answer(api.GET("/api/v1/uploads/{upload_id}", { params: { path: { upload_id: one.intake } } }));
        one.permille = found.permille;
        if (found.recording_id) return await this.arrive(one, found.recording_id);
        if (found.refusal) return one.refuse(found.refusal);
      } catch (error) {
        const no: Refusal = refusal(error);
        if (no.status === 404 || no.status === 410) return one.refuse(no);
        if (no.status === 401) return void (one.followed = false);
      }
      await new Promise((resolve) => setTimeout(resolve, CHECK_MS));
    }
  }

  private async arrive(one: Shipment, recording: string): Promise<void> {
    one.recording = recording;
    await depot.drop(one.row.id).catch(() => {});
    try {
      const sound = await answer(api.GET("/api/v1/library/{recording_id}", { params: { path: { recording_id: recording } } }));
      one.was = heardAs(sound.loudness_before_lufs);
    } catch {
      one.was = "good"; // it is in the library; how loud it was is told on its own page
    }
    one.state = "done";
    this.arrived += 1;
  }
}

export const uploads = new Uploads();
