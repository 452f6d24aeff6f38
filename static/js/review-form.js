// The scorecard by keys: walking the criteria, an answer by digit, all fine at once. A form of [data-criterion] that say
// with data-fine and data-negatives which answers are which.
import { isComposing, onKeys } from "./keys.js";
import { ANSWER_TEXT, CHOICE, TEXT, criteria, criterionHere, firstOpen, form, isOpen, standOn, step } from "./criteria.js";

const HAND = matchMedia("(max-width: 62rem)");

function check(input) {
  if (input.type === "checkbox") input.checked = !input.checked;
  else input.checked = true;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** From an answer to the next question; a negative answer is first given its evidence. */
function goOn(from) {
  const all = criteria();
  const next = all[all.indexOf(from) + 1] ?? firstOpen();
  if (next) standOn(next);
}

/** 0 is "not applicable", the others count the options. */
function choiceOf(criterion, digit) {
  const choices = [...(criterion?.querySelectorAll(CHOICE) ?? [])];
  return digit === 0 ? choices.find(({ value }) => value === "na") : choices.filter(({ value }) => value !== "na")[digit - 1];
}

const isNegative = (criterion, input) => criterion.dataset.negatives.split(" ").includes(input.value);

function answer(digit) {
  const criterion = criterionHere();
  const input = choiceOf(criterion, digit);
  if (input) {
    check(input);
    if (!isNegative(criterion, input)) goOn(criterion);
    return true;
  }
  // the digit begins a number: it goes where it is typed
  criterion?.querySelector("input[inputmode=decimal]")?.focus();
  return false;
}

function allFine() {
  if (!form()) return false;
  for (const criterion of form().querySelectorAll("[data-criterion]")) {
    const { fine } = criterion.dataset;
    if (fine && !criterion.hidden && isOpen(criterion)) check(criterion.querySelector(`${CHOICE}[value="${CSS.escape(fine)}"]`));
  }
  standOn(firstOpen() ?? criteria().at(-1));
  return true;
}

function write() {
  const criterion = criterionHere();
  const field = criterion?.querySelector(ANSWER_TEXT) ?? criterion?.querySelector("[name^='comment-']");
  field?.focus();
  return Boolean(field);
}

document.addEventListener("change", (event) => {
  const criterion = event.target.closest?.("form#scorecard [data-criterion]");
  if (criterion) unfold(criterion);
});

/** What there is to see beside the answer stays in sight: a fault and what speaks for it. */
function unfold(criterion) {
  const chosen = criterion.querySelector(`${CHOICE}:checked`);
  const hasMore = (chosen && isNegative(criterion, chosen)) || criterion.querySelector("[data-pinned], .criterion__missing")
    || criterion.querySelector("[name^='comment-']").value;
  criterion.classList.toggle("criterion--more", Boolean(hasMore));
  criterion.classList.toggle("criterion--open", isOpen(criterion));
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-all-fine]")) allFine();
  const criterion = event.target.closest?.("form#scorecard [data-criterion]");
  if (!criterion) return;
  standOn(criterion);
  // arrows belong to the sound, not to the option that the mouse chose
  if (event.target.matches(CHOICE) && event.detail > 0) document.getElementById("criteria").focus({ preventScroll: true });
});

// By Tab, not by the mouse: what folds when a button goes down moves the option away before it comes up.
document.addEventListener("focusin", (event) => {
  if (!event.target.matches(":focus-visible")) return;
  const criterion = event.target.closest?.("form#scorecard [data-criterion]");
  if (criterion && criterion !== criterionHere()) standOn(criterion);
});

document.addEventListener("keydown", (event) => {
  if (event.code === "Escape" && !isComposing(event) && event.target.matches?.(`form#scorecard :is(${TEXT})`)) event.target.blur();
});

function arrive() {
  if (!form()) return;
  const wrong = form().querySelector(".criterion--missing:not([hidden])");
  const first = wrong ?? firstOpen() ?? criteria()[0];
  // in a hand the page begins with the transcript
  if (first && (wrong || !criterionHere())) standOn(first, wrong || !HAND.matches);
}

/** What was refused comes back filled: the keys go to the criterion that misses something, not into a text. */
function begin() {
  document.getElementById("criteria").focus({ preventScroll: true });
  arrive();
}

const digits = Object.fromEntries([...Array(10).keys()].map((digit) => [`Digit${digit}`, () => answer(digit)]));
onKeys({
  ...digits,
  all_fine: allFine,
  previous_criterion: () => Boolean(form()) && step(-1),
  next_criterion: () => Boolean(form()) && step(1),
  write_why: (event) => !event.target.closest("a, button, summary, label") && write(),
});
document.addEventListener("review-opened", arrive);
document.addEventListener("htmx:afterSettle", (event) => event.detail.target.id === "scorecard" && begin());
arrive();
