// While somebody types @ and a name, those who can be meant are offered: arrows choose, Enter or Tab takes.
// The list comes with the form; an input method that composes keeps its keys.
import { isComposing } from "./keys.js";

const NAME = /(^|[^A-Za-z0-9_.+-])[@＠]([\p{L}\p{N}_.+-]*)$/u;

const listOf = (field) => field.closest(".mentions")?.querySelector(".mentions__names");
const offered = (list) => [...list.children].filter((name) => !name.hidden);
const chosen = (list) => list.querySelector('[aria-selected="true"]');

function choose(field, list, name) {
  chosen(list)?.setAttribute("aria-selected", "false");
  name?.setAttribute("aria-selected", "true");
  name?.scrollIntoView({ block: "nearest" });
  if (name) field.setAttribute("aria-activedescendant", name.id);
  else field.removeAttribute("aria-activedescendant");
}

function close(field, list) {
  list.hidden = true;
  choose(field, list, null);
}

function offer(field) {
  const list = listOf(field);
  const typed = NAME.exec(field.value.slice(0, field.selectionStart))?.[2].toLowerCase();
  for (const name of list.children) name.hidden = typed === undefined || !name.dataset.name.toLowerCase().startsWith(typed);
  const names = offered(list);
  if (!names.length) return close(field, list);
  list.hidden = false;
  return choose(field, list, names[0]);
}

function take(field, list, name) {
  const before = field.value.slice(0, field.selectionStart).replace(NAME, `$1@${name.dataset.name} `);
  const after = field.value.slice(field.selectionStart);
  field.value = before + after;
  field.setSelectionRange(before.length, before.length);
  close(field, list);
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-mentions]") && !event.isComposing) offer(event.target);
});

// what an input method wrote is there only when it has ended
document.addEventListener("compositionend", (event) => {
  if (event.target.matches?.("[data-mentions]")) offer(event.target);
});

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches?.("[data-mentions]") || isComposing(event)) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    field.form.requestSubmit();
    return;
  }
  const list = listOf(field);
  if (list.hidden) return;
  const names = offered(list);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) choose(field, list, names.at((names.indexOf(chosen(list)) + step) % names.length));
  else if (event.key === "Enter" || event.key === "Tab") take(field, list, chosen(list));
  else if (event.key === "Escape") close(field, list);
  else return;
  event.preventDefault();
});

document.addEventListener("mousedown", (event) => {
  const name = event.target.closest?.(".mentions__name");
  if (!name) return;
  event.preventDefault(); // the field keeps the cursor
  take(name.closest(".mentions").querySelector("[data-mentions]"), name.parentElement, name);
});
