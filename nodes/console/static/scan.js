// The scan page without leaving its field: scans are queued and sent one after the other, the answer is put in place and
// is heard. Without this script every scan is an ordinary form, and the page is loaded anew.
"use strict";

(() => {
  const field = document.getElementById("scan");
  const form = field && field.form;
  const board = document.getElementById("board");
  const say = document.getElementById("say");
  if (!form || !board || !say) return;

  const TONES = {
    good: [[880, 0.07]],
    ready: [],
    done: [[660, 0.09], [990, 0.14]],
    warn: [[440, 0.16], [330, 0.16], [440, 0.16]],
    bad: [[200, 0.45]],
  };
  const waiting = [];
  let busy = false;
  let speaker = null;

  const sound = (cue) => {
    try {
      speaker = speaker || new AudioContext();
      let at = speaker.currentTime;
      for (const [pitch, length] of TONES[cue] || []) {
        const tone = speaker.createOscillator();
        const volume = speaker.createGain();
        tone.type = cue === "bad" ? "square" : "sine";
        tone.frequency.value = pitch;
        volume.gain.value = 0.15;
        tone.connect(volume).connect(speaker.destination);
        tone.start(at);
        tone.stop(at + length);
        at += length + 0.03;
      }
    } catch {
      // A machine without sound still has the colour.
    }
  };

  const show = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("board");
    if (!fresh) return false;
    board.replaceChildren(...fresh.childNodes);
    const cue = document.getElementById("cue");
    if (form.elements.turn && cue.dataset.turn) form.elements.turn.value = cue.dataset.turn;
    document.body.dataset.cue = cue.dataset.cue;
    say.textContent = [...cue.querySelectorAll("[lang]")].map((part) => part.textContent).join(" ");
    sound(cue.dataset.cue);
    return true;
  };

  const work = async () => {
    if (busy) return;
    busy = true;
    while (waiting.length) {
      const { address, body } = waiting[0];
      if (form.elements.turn && body.has("turn")) body.set("turn", form.elements.turn.value);
      try {
        const answer = await fetch(address, { method: "POST", body, headers: { Accept: "text/html" } });
        if (answer.status === 401 || (answer.redirected && new URL(answer.url).pathname !== new URL(form.action).pathname)) {
          location.assign(answer.redirected ? answer.url : location.href);
          return;
        }
        if (!show(await answer.text())) sound("bad");
        waiting.shift();
      } catch {
        // The node is away for a moment: the scan stays in the queue, and its turn keeps it from counting twice.
        sound("bad");
        await new Promise((done) => setTimeout(done, 1500));
      }
    }
    busy = false;
    field.focus();
  };

  const send = (address, body) => {
    waiting.push({ address, body });
    work();
  };

  const smaller = async (file) => pictures.jpeg(await pictures.drawn(file), 0.8);

  document.addEventListener("submit", async (event) => {
    const sent = event.target;
    if (!("scan" in sent.dataset) && !("photo" in sent.dataset)) return;
    event.preventDefault();
    const body = new FormData(sent);
    if ("photo" in sent.dataset) {
      const file = sent.elements.photo.files[0];
      if (file) body.set("photo", (await smaller(file).catch(() => null)) || file, "photo.jpg");
      send(sent.action, body);
      return;
    }
    if (sent === form) {
      if (!field.value.trim()) return;
      field.value = "";
    }
    send(sent.action, new URLSearchParams([...body].map(([name, value]) => [name, String(value)])));
  });

  // Whatever is typed belongs into the field, unless somebody is choosing or typing elsewhere.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1) return;
    const at = document.activeElement;
    if (at && at !== document.body && at !== field && /^(input|select|textarea)$/i.test(at.tagName)) return;
    if (at && at.tagName === "BUTTON" && event.key === " ") return;
    field.focus();
  });
  field.focus();
})();
