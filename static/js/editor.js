// The editor of scorecards: Alt and an arrow move the criterion one is in, and leaving with unsaved words asks first.

const FORM = "#editor-form";
let isChanged = false;

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  const way = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  const button = way && event.target.closest("[data-edited]")?.querySelector(`:scope > .editor__line [data-move="${way}"]`);
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
});

document.addEventListener("input", (event) => {
  if (event.target.closest(FORM)) isChanged = true;
});

document.addEventListener("submit", (event) => {
  if (event.target.matches(FORM)) isChanged = event.submitter?.value !== "save";
});

// saving was refused: what stands there is still nowhere else
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.xhr?.status === 422 && document.querySelector(FORM)) isChanged = true;
});

window.addEventListener("beforeunload", (event) => {
  if (isChanged && document.querySelector(FORM)) event.preventDefault();
});
