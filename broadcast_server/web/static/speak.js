// Speaking live: microphone → WebSocket, and what the station says back.
const desk = document.getElementById("desk");
const login = document.getElementById("login");
const talk = document.getElementById("talk");
const more = document.getElementById("more");
const told = document.getElementById("told");
const words = desk.dataset;
let line = null;
let microphone = null;

const say = (text, bad) => {
  told.textContent = text;
  told.classList.toggle("bad", Boolean(bad));
};
const sentence = (problem) => problem[document.documentElement.lang] || problem.vi || words.lost;
const filled = (text, values) => text.replace(/\[(\w+)\]/g, (_, name) => values[name]);

async function listen() {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: false, noiseSuppression: true, autoGainControl: true },
  });
  const context = new AudioContext({ sampleRate: 48000, latencyHint: "interactive" });
  await context.audioWorklet.addModule("/static/microphone.js");
  const source = context.createMediaStreamSource(stream);
  const worklet = new AudioWorkletNode(context, "microphone", { numberOfOutputs: 0 });
  source.connect(worklet);
  return { stream, context, worklet };
}

function rest() {
  if (microphone) {
    microphone.stream.getTracks().forEach((track) => track.stop());
    microphone.context.close();
  }
  microphone = line = null;
  talk.textContent = words.begin;
  talk.classList.remove("on");
  talk.disabled = false;
  more.hidden = true;
}

const meanings = {
  open: () => {
    microphone.worklet.port.onmessage = (frame) => line && line.readyState === WebSocket.OPEN && line.send(frame.data);
    talk.textContent = words.end;
    talk.classList.add("on");
    talk.disabled = false;
    more.hidden = false;
    say(words.open);
  },
  state: (state) => say(filled(words.state, { lost: 0, ...state, lost: (state.missing_permille || 0) / 10 })),
  extended: (state) => say(filled(words.extended, { minutes: state.seconds / 60 })),
  refused: (problem) => say(sentence(problem), true),
  closed: (state) => say(state.ending === "closed" ? words.closed : words.lost, state.ending !== "closed"),
};

async function begin() {
  talk.disabled = true;
  say(words.wait);
  try {
    microphone = await listen();
  } catch {
    rest();
    say(words.deaf, true);
    return;
  }
  line = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live`);
  line.onopen = () =>
    line.send(
      JSON.stringify({
        type: "open",
        targets: [document.getElementById("where").value],
        title: document.getElementById("what").value,
        emergency: document.getElementById("emergency").checked,
      }),
    );
  let ended = false;
  line.onmessage = (message) => {
    const said = JSON.parse(message.data);
    ended = said.type === "closed" || said.type === "refused";
    meanings[said.type](said);
  };
  line.onclose = () => {
    if (!ended) say(words.lost, true);
    rest();
  };
}

talk.addEventListener("click", () => (line ? line.send('{"type":"close"}') : begin()));
more.addEventListener("click", () => line && line.send('{"type":"extend"}'));
window.addEventListener("pagehide", () => line && line.close());

async function enter() {
  const answer = await fetch("/api/v1/clusters");
  login.hidden = answer.ok;
  desk.hidden = !answer.ok;
  if (!answer.ok) return;
  const where = document.getElementById("where");
  for (const cluster of (await answer.json()).items) where.add(new Option(cluster.name, `cluster:${cluster.id}`));
}

login.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ name: login.elements.name.value, password: login.elements.password.value });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/api/v1/login", { method: "POST", headers, body });
  const refusal = document.getElementById("refusal");
  refusal.textContent = answer.ok ? "" : sentence(await answer.json());
  if (answer.ok) enter();
});

enter();
