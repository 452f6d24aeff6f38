// The criteria of the call under review, and which of them the reviewer stands on. Those under a condition that is not
// met are hidden, and not there.

const HERE = "criterion--here";
export const TEXT = "textarea, input[type=text]";
export const CHOICE = ":is(input[type=radio], input[type=checkbox])[name^='answer-']";
export const ANSWER_TEXT = `:is(${TEXT})[name^="answer-"]`;

/** The form of the call under review; null on every other page. */
export const form = () => document.querySelector("form#scorecard");

export const criteria = () => [...(form()?.querySelectorAll("[data-criterion]:not([hidden])") ?? [])];

/** The criterion that the reviewer stands on. */
export const criterionHere = () => form()?.querySelector(`.${HERE}:not([hidden])`) ?? null;

export function standOn(criterion, isInSight = true) {
  for (const other of form().querySelectorAll(`.${HERE}`)) {
    other.classList.remove(HERE);
    other.removeAttribute("aria-current");
  }
  criterion.classList.add(HERE);
  criterion.setAttribute("aria-current", "true");
  if (isInSight) criterion.scrollIntoView({ block: "nearest" });
}

export function isOpen(criterion) {
  if (criterion.querySelector(`${CHOICE}:checked`)) return false;
  const field = criterion.querySelector(ANSWER_TEXT);
  return field ? field.value.trim() === "" : true;
}

export const firstOpen = () => criteria().find(isOpen);

/** To the next criterion, or the one before. */
export function step(by) {
  const all = criteria();
  if (!all.length) return false;
  const at = all.indexOf(criterionHere());
  standOn(all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]);
  return true;
}
