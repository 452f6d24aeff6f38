// Keys walk through the rows and open the row you stand on. A row is [data-row] with one [data-row-open] link.
import { onKeys } from "./keys.js";

const HERE = "call-row--here";

function stand(row) {
  document.querySelectorAll(`.${HERE}`).forEach((other) => other.classList.remove(HERE));
  row.classList.add(HERE);
  const link = row.querySelector("[data-row-open]");
  link.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function walk(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const at = rows.findIndex((row) => row.classList.contains(HERE));
  stand(rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)]);
  return true;
}

function open(event) {
  // A focused link or button opens itself; a tick knows only the space bar.
  if (event.target.closest("a, button, summary, label, input") && !event.target.matches("[data-select]")) return false;
  const link = document.querySelector(`.${HERE} [data-row-open]`);
  link?.click();
  return Boolean(link);
}

onKeys({ next_row: () => walk(1), previous_row: () => walk(-1), open_row: open });

// Whoever comes back from a call stands on its row: the browser keeps no place in a part that scrolls.
const OPENED = "earshot:opened";

function comeBack() {
  const opened = sessionStorage.getItem(OPENED);
  const [arrival] = performance.getEntriesByType("navigation");
  const isBack = arrival?.type === "back_forward" || (document.referrer && new URL(document.referrer).pathname === opened);
  if (!isBack) return;
  const link = [...document.querySelectorAll("[data-row-open]")].find((one) => one.pathname === opened);
  const row = link?.closest("[data-row]");
  row?.classList.add(HERE);
  row?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-row] a");
  const opened = link?.closest("[data-row]").querySelector("[data-row-open]");
  if (opened) sessionStorage.setItem(OPENED, opened.pathname);
});
comeBack();

// Whoever comes to a row by Tab or by a click stands on it.
document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-row]");
  if (row && !row.classList.contains(HERE)) {
    document.querySelectorAll(`.${HERE}`).forEach((other) => other.classList.remove(HERE));
    row.classList.add(HERE);
  }
});
