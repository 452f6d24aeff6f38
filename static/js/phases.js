// How long somebody attends to a call: from opening it to the first play, the first answer, and the end. Pauses are left
// out: a hidden tab, and more than 30 s without a sign of life. Listening is one.
import { form } from "./criteria.js";

const IDLE_MS = 30_000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "input", "wheel", "touchstart", "sound-moved"];

let spent = 0; // milliseconds
let counted = 0; // up to when
let alive = 0; // the last sign of life
let firsts = {};

function count() {
  const now = performance.now();
  if (!document.hidden) spent += Math.max(Math.min(now, alive + IDLE_MS) - counted, 0);
  counted = now;
}

function live(event) {
  if (event.type === "sound-moved" && !event.detail.isPlaying) return;
  count();
  alive = performance.now();
}

function mark(name) {
  if (!form()) return;
  count();
  firsts[name] ??= spent;
}

/** Writes the seconds into the form. */
export function stamp() {
  count();
  const seconds = { seconds: spent, seconds_to_play: firsts.seconds_to_play, seconds_to_answer: firsts.seconds_to_answer };
  for (const [name, value] of Object.entries(seconds)) {
    if (value !== undefined) form().elements[name].value = (value / 1000).toFixed(1);
  }
}

/** A call was opened: a draft that was begun before goes on counting. */
function begin() {
  if (!form()) return;
  const known = (name) => (form().elements[name].value ? Number(form().elements[name].value) * 1000 : undefined);
  spent = known("seconds") ?? 0;
  firsts = { seconds_to_play: known("seconds_to_play"), seconds_to_answer: known("seconds_to_answer") };
  counted = alive = performance.now();
}

for (const name of SIGNS) document.addEventListener(name, live, { passive: true, capture: true });
document.addEventListener("visibilitychange", () => {
  // what was before counts with the state before
  const now = performance.now();
  if (document.hidden) spent += Math.max(Math.min(now, alive + IDLE_MS) - counted, 0);
  counted = now;
  if (!document.hidden) alive = now;
});
document.addEventListener("play", () => mark("seconds_to_play"), true);
document.addEventListener("change", (event) => event.target.matches?.("form#scorecard [name^='answer-']") && mark("seconds_to_answer"));
document.addEventListener("review-opened", begin);
begin();
