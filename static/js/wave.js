// The field of the turn that the reader stands on, in the picture of the sound.
import { player } from "./call-player.js";
import { here } from "./turns.js";

function mark(turn) {
  const field = document.querySelector("#wave .wave__turn");
  const total = player()?.total;
  if (!field || !total) return;
  const start = Number(turn?.dataset.at ?? 0);
  const end = Number(turn?.dataset.until ?? start);
  field.setAttribute("x", `${((start / total) * 100).toFixed(2)}%`);
  field.setAttribute("width", `${(((end - start) / total) * 100).toFixed(2)}%`);
}

document.addEventListener("turn-changed", (event) => mark(event.detail.turn));
document.addEventListener("htmx:afterSettle", () => mark(here()));
