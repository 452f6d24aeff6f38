// Ticking calls: X and Shift+X on the row one stands on, A for the buttons that act on them, a click and Shift+click on
// its box, the box in the head for the page, "all that match" in the bar. What is ticked outlives turning the page, so it
// is kept in this tab's session storage: thousands of keys would not fit into an address, and a pasted address must not
// bring somebody's ticks along.
import { onKeys } from "./keys.js";

const KEPT = "earshot.selection";
const HERE = ".call-row--here [data-select]";

const form = () => document.getElementById("selection");
const bar = () => document.querySelector("[data-selection-bar]");
// Not by the form's elements: a button outside the bar may say "everything" to the same form.
const everythingBox = () => bar().querySelector("[name=everything]");
const boxes = () => [...document.querySelectorAll("[data-select]")];

let ticked = new Set();
let isEverything = false;
let anchor = null;

/** What the list asks, without its order: sorting keeps the ticks. */
function question() {
  const asked = new URLSearchParams(form().elements.question.value);
  asked.delete("sort");
  return `${bar().dataset.owner} ${asked}`;
}

function keep() {
  const keys = [...ticked];
  sessionStorage.setItem(KEPT, JSON.stringify({ question: question(), keys, isEverything }));
}

function paint() {
  const count = ticked.size;
  bar().toggleAttribute("data-shown", isEverything || count > 0);
  form().elements.chosen.value = [...ticked].join(",");
  everythingBox().checked = isEverything;
  const words = isEverything ? bar().dataset.everything : count ? bar().dataset.ticked : "";
  bar().querySelector("[data-selection-count]").textContent = words.replace("{n}", count.toLocaleString(document.documentElement.lang));
  const all = boxes();
  for (const box of all) box.checked = isEverything || ticked.has(box.value);
  const page = document.querySelector("[data-select-page]");
  if (!page) return;
  const checked = all.filter((box) => box.checked).length;
  page.checked = checked > 0 && checked === all.length;
  page.indeterminate = checked > 0 && checked < all.length;
}

function change() {
  keep();
  paint();
}

function clear() {
  ticked = new Set();
  isEverything = false;
  anchor = null;
  change();
}

/** Ticks or unticks calls. From everything, one call less is what the page shows without it. */
function mark(keys, isTicked) {
  if (isEverything) ticked = new Set(boxes().map((box) => box.value));
  isEverything = false;
  for (const key of keys) isTicked ? ticked.add(key) : ticked.delete(key);
  change();
}

/** Every call from the one ticked last to this one; only this one when that is on another page. */
function upTo(key) {
  const keys = boxes().map((box) => box.value);
  const ends = [keys.indexOf(anchor), keys.indexOf(key)];
  if (ends[0] < 0) return [key];
  return keys.slice(Math.min(...ends), Math.max(...ends) + 1);
}

function press(isRange) {
  const box = document.querySelector(HERE);
  if (!box) return false;
  mark(isRange ? upTo(box.value) : [box.value], isRange || !box.checked);
  anchor = box.value;
  return true;
}

/** To the buttons of the bar: by Tab they lie behind every row of the page. */
function act() {
  if (!bar()?.hasAttribute("data-shown")) return false;
  bar().querySelector("button").focus();
  return true;
}

function escape() {
  if (!bar()?.hasAttribute("data-shown") || document.querySelector(":popover-open")) return false;
  clear();
  return true;
}

/** A list has arrived, with the page or by a swap: its ticks, or a word why there are none any more. */
function arrive() {
  if (!bar()) return;
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  const isSame = kept?.question === question();
  const wasTicked = Boolean(kept && (kept.isEverything || kept.keys.length));
  ticked = new Set(isSame ? kept.keys : []);
  isEverything = isSame && kept.isEverything;
  if (!isSame) anchor = null;
  change();
  if (wasTicked && !isSame && kept.question.split(" ")[0] === bar().dataset.owner) sayDropped();
}

function sayDropped() {
  const toast = document.querySelector("[data-selection-dropped]");
  toast.hidden = false;
  setTimeout(() => { toast.hidden = true; }, 6000);
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-select]");
  if (!box) return;
  mark(event.shiftKey ? upTo(box.value) : [box.value], box.checked);
  anchor = box.value;
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-page]")) mark(boxes().map((box) => box.value), event.target.checked);
  if (bar() && event.target === everythingBox()) {
    isEverything = event.target.checked;
    change();
  }
});

document.addEventListener("reset", (event) => {
  if (event.target !== form()) return;
  event.preventDefault();
  clear();
});

onKeys({ select_row: () => press(false), select_rows: () => press(true), act_on_selected: act, Escape: escape });
document.addEventListener("htmx:afterSettle", arrive);
addEventListener("pageshow", arrive);
