// What is pressed to take something away goes with it: the one that comes in its place has the focus, and after the last
// one what [data-chips] names.
const CHIPS = "[data-chips] :is(.chip, .badge--off)";
let pressed = null; // what was pressed, its place among the chips, and where to go when none is left

document.addEventListener("click", (event) => {
  const list = event.target.closest("[data-chips]");
  const one = list && event.target.closest("a, button");
  pressed = one && { one, at: [...list.querySelectorAll(CHIPS)].indexOf(one), rest: list.dataset.chips };
});

document.addEventListener("htmx:afterSettle", () => {
  // numbers and news settle as well, while what was pressed still stands
  if (!pressed || pressed.one.isConnected) return;
  const { at, rest } = pressed;
  pressed = null;
  if (document.activeElement !== document.body) return;
  const chips = document.querySelectorAll(CHIPS);
  (chips[Math.min(at, chips.length - 1)] ?? document.querySelector(rest))?.focus({ preventScroll: true });
});
