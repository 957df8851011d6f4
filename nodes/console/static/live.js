// Keeps a part of a page fresh while it is looked at. Without it the page works as well, and is reloaded by hand.
// A part with a mark is followed: the node answers as soon as it has something else to show. Others are asked for anew.
"use strict";

const fetched = async (address) => {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  return answer.redirected ? null : answer;
};

const shown = async (part, answer) => {
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  if (fresh.textContent.trim() !== part.textContent.trim()) part.replaceChildren(...fresh.childNodes);
};

const follow = async (part) => {
  let pause = 50;
  if (document.hidden) {
    pause = 500;
  } else {
    try {
      const answer = await fetched(`${part.dataset.live}?mark=${part.dataset.mark}`);
      if (!answer || (answer.status >= 400 && answer.status < 500)) return;
      if (!answer.ok) pause = 2000;
      if (answer.status === 200) {
        await shown(part, answer);
        part.dataset.mark = answer.headers.get("X-Mark") || "";
      }
    } catch {
      pause = 2000; // The node is away for a moment; the next turn asks again.
    }
  }
  setTimeout(() => follow(part), pause);
};

for (const part of document.querySelectorAll("[data-live]")) {
  if ("mark" in part.dataset) {
    follow(part);
    continue;
  }
  const look = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetched(part.dataset.live);
      if (answer && answer.ok) await shown(part, answer);
    } catch {
      // The node is away for a moment; the next turn asks again.
    }
  };
  setInterval(look, 3000);
  document.addEventListener("line-changed", look);
}
