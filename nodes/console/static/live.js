// Keeps a part of a page fresh while it is looked at. Without it the page works as well, and is reloaded by hand.
"use strict";

for (const part of document.querySelectorAll("[data-live]")) {
  const look = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(part.dataset.live, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      if (fresh.textContent.trim() !== part.textContent.trim()) part.replaceChildren(...fresh.childNodes);
    } catch {
      // The node is away for a moment; the next turn asks again.
    }
  };
  setInterval(look, 3000);
  document.addEventListener("line-changed", look);
}
