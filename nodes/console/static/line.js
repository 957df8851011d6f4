// Shows on every page who failed, as soon as the node knows. Without it the page says so when it is loaded.
"use strict";

(() => {
  const part = document.getElementById("line");
  const cut = document.getElementById("cut-off");
  if (!part || !cut) return;
  let failures = 0;

  const ask = async () => {
    const answer = await fetch(`${part.dataset.line}?mark=${part.dataset.mark}`, {
      headers: { Accept: "text/html" },
      signal: AbortSignal.timeout(1700),
    });
    if (answer.redirected || answer.status >= 400) return false;
    failures = 0;
    cut.hidden = true;
    if (answer.status === 200) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      const lamp = fresh.querySelector("#lamp-now");
      if (lamp) {
        document.getElementById("lamp").replaceChildren(...lamp.childNodes);
        lamp.remove();
      }
      part.replaceChildren(...fresh.childNodes);
      part.dataset.mark = answer.headers.get("X-Mark") || "0";
      document.dispatchEvent(new Event("line-changed"));
    }
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
        cut.hidden = false;
        pause = Math.min(1000 * failures, 5000);
      }
    }
    setTimeout(turn, pause);
  };
  setTimeout(turn, 200);
})();
