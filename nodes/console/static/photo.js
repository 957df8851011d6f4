// Photographs of originals on a page with many of them: each is made small enough as soon as it is chosen, because a
// telephone's picture is ten times larger than what is taken in.  Without this script the picture is sent as it is.
"use strict";

(() => {
  const QUALITIES = [0.8, 0.65, 0.5, 0.35];
  const pending = new Set();

  const shrink = async (field, most) => {
    const file = field.files[0];
    if (!file || file.size <= most) return;
    const canvas = await pictures.drawn(file);
    for (const quality of QUALITIES) {
      const smaller = await pictures.jpeg(canvas, quality);
      if (field.files[0] !== file) return; // Another one was chosen meanwhile.
      if (!smaller || smaller.size > most) continue;
      const chosen = new DataTransfer();
      chosen.items.add(new File([smaller], "photo.jpg", { type: "image/jpeg" }));
      field.files = chosen.files;
      return;
    }
  };

  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.type !== "file" || !field.dataset.most) return;
    // What is no picture stays as it is, and is refused with a reason.
    const work = shrink(field, Number(field.dataset.most)).catch(() => {});
    pending.add(work);
    work.then(() => pending.delete(work));
  });

  document.addEventListener("submit", async (event) => {
    if (!pending.size) return;
    event.preventDefault();
    const { target, submitter } = event;
    await Promise.all(pending);
    target.requestSubmit(submitter);
  });
})();
