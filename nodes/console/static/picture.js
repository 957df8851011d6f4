// A photograph on a canvas, no larger than is needed: for every page that sends what a camera took.  Load it before the
// script that uses it.
"use strict";

const pictures = (() => {
  const WIDEST = 1600; // No side of a photograph is made longer than this.

  const drawn = async (file) => {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, WIDEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return canvas;
  };

  const jpeg = (canvas, quality) => new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));

  return { drawn, jpeg };
})();
