// Shows on every page who failed, as soon as the node knows. Without it the page says so when it is loaded.
// What the node said last is not believed any longer than the node is heard: then the page says that it is cut off.
"use strict";

(() => {
  const part = document.getElementById("line");
  const lamp = document.getElementById("lamp");
  const cut = [document.getElementById("cut-off"), document.getElementById("lamp-cut")];
  if (!part || !lamp || !cut.every(Boolean)) return;
  let failures = 0;

  const reached = (node) => {
    lamp.hidden = !node;
    for (const sign of cut) sign.hidden = node;
    document.body.classList.toggle("cut-off", !node);
  };

  const ask = async () => {
    const answer = await fetch(`${part.dataset.line}?mark=${part.dataset.mark}`, {
      headers: { Accept: "text/html" },
      signal: AbortSignal.timeout(1700),
    });
    if (answer.redirected || (answer.status >= 400 && answer.status < 500)) {
      // Signed out: from here on nobody tells this page how the line is.
      lamp.hidden = true;
      return false;
    }
    if (!answer.ok) throw new Error(`${answer.status}`);
    if (answer.status === 200) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      const now = fresh.querySelector("#lamp-now");
      if (now) {
        lamp.replaceChildren(...now.childNodes);
        now.remove();
      }
      part.replaceChildren(...fresh.childNodes);
      part.dataset.mark = answer.headers.get("X-Mark") || "0";
      document.dispatchEvent(new Event("line-changed"));
    }
    failures = 0;
    reached(true);
    return true;
  };

  const turn = async () => {
    let pause = 50;
    if (document.hidden) {
      pause = 1000;
    } else {
      try {
        if (!(await ask())) return;
      } catch {
        failures += 1;
        reached(false);
        pause = Math.min(1000 * failures, 5000);
      }
    }
    setTimeout(turn, pause);
  };
  setTimeout(turn, 200);
})();
