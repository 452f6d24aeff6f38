// The filter column is swapped after every tick: what was opened and looked for in it stays, and what is being typed
// is not taken away. Until new numbers come the last ones stay, pale.

const opened = new Map(); // id of <details> -> open
const wanted = new Map(); // id of a find box -> its text
const counts = new Map(); // id of a value's tick -> its last number
let edited = null; // the field whose text no request has told yet

function find(box) {
  const text = box.value.trim().toLocaleLowerCase();
  const rest = box.closest("details");
  const options = [...rest.querySelectorAll(".facet__option")];
  for (const option of options) option.hidden = !option.textContent.toLocaleLowerCase().includes(text);
  rest.querySelector("[data-find-none]").hidden = options.some((option) => !option.hidden);
}

function keepCounts(column) {
  const isUncounted = column.querySelector("[data-uncounted]");
  if (!isUncounted) counts.clear();
  for (const option of column.querySelectorAll(".facet__option:has([type=checkbox])")) {
    const { id } = option.querySelector("input");
    const count = option.querySelector(".facet__count");
    if (count) counts.set(id, count.textContent);
    else if (isUncounted && counts.has(id)) option.append(paleCount(counts.get(id)));
  }
}

function paleCount(text) {
  const count = document.createElement("span");
  count.className = "facet__count facet__count--last";
  count.textContent = text;
  count.ariaHidden = "true";
  return count;
}

function restore() {
  const column = document.getElementById("facets");
  if (column) keepCounts(column);
  for (const details of column?.querySelectorAll("details[id]") ?? []) {
    if (opened.has(details.id)) details.open = opened.get(details.id);
  }
  for (const box of column?.querySelectorAll("[data-find]") ?? []) {
    box.hidden = false;
    if (wanted.get(box.id)) box.value = wanted.get(box.id);
    if (box.value) find(box);
  }
}

function isBeingTyped() {
  return edited !== null && edited === document.activeElement;
}

function keepTyped(event) {
  if (event.detail.target.id === "facets" && isBeingTyped()) event.detail.shouldSwap = false;
}

document.addEventListener("click", (event) => {
  const details = event.target.closest("#facets summary")?.parentElement;
  if (details) opened.set(details.id, !details.open); // it opens only after this
});

document.addEventListener("input", (event) => {
  if (event.target.matches("#facets :is([type=date], [type=number])")) edited = event.target;
  if (!event.target.matches("[data-find]")) return;
  wanted.set(event.target.id, event.target.value);
  find(event.target);
});

// A find box is no filter: it asks the server nothing.
for (const name of ["change", "keydown"]) {
  document.addEventListener(name, (event) => {
    if (!event.target.matches?.("[data-find]") || (name === "keydown" && event.key !== "Enter")) return;
    event.stopPropagation();
    if (name === "keydown") event.preventDefault();
  }, true);
}

document.addEventListener("change", () => { edited = null; });
document.addEventListener("htmx:beforeSwap", keepTyped);
document.addEventListener("htmx:oobBeforeSwap", keepTyped);

document.addEventListener("htmx:afterSettle", restore);

document.addEventListener("htmx:oobAfterSwap", restore);
restore();
