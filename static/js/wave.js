// The picture of the sound: the field of the turn that the reader stands on, and signs of what people did with turns.
import { player } from "./call-player.js";
import { here } from "./turns.js";

const SIGNS = { pin: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0Z", comment: "M-3.5-3.5h7V2H.5L-2 4.5V2h-1.5Z" };

const percent = (seconds, total) => `${((seconds / total) * 100).toFixed(2)}%`;

function mark(turn) {
  const field = document.querySelector("#wave .wave__turn");
  const total = player()?.total;
  if (!field || !total) return;
  const start = Number(turn?.dataset.at ?? 0);
  const end = Number(turn?.dataset.until ?? start);
  field.setAttribute("x", percent(start, total));
  field.setAttribute("width", percent(end - start, total));
}

function make(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** Drawn where the turn begins, beside the marks of the server; not where its time or the picture is missing. */
export function sign(turn, kind, word) {
  const wave = document.querySelector("#wave:not(.player__wave--none) > svg");
  const total = player()?.total;
  if (!wave || !total || turn.dataset.at === undefined) return;
  const place = make("svg", { x: percent(Number(turn.dataset.at), total), y: "66.5", overflow: "visible", "data-sign": kind });
  const title = make("title", {});
  title.textContent = word;
  place.append(title, make("path", { class: `wave__${kind}`, d: SIGNS[kind] }));
  wave.append(place);
}

/** Before they are drawn anew. */
export function unsign(kind) {
  document.querySelectorAll(`#wave [data-sign="${kind}"]`).forEach((old) => old.remove());
}

document.addEventListener("turn-changed", (event) => mark(event.detail.turn));
document.addEventListener("htmx:afterSettle", () => mark(here()));
