// The form of a scorecard. Criteria that hang on another answer come and go as one answers; the server says the same
// when it draws the form. Where nobody else does it (data-scorecard="try"), the criterion one is on unfolds.

let isPointing = false;

function isShown(form, criterion) {
  const other = form.querySelector(`[data-criterion="${CSS.escape(criterion.dataset.shownIf)}"]`);
  if (!other || other.hidden) return false;
  const chosen = other.querySelector("input:checked")?.value;
  return criterion.dataset.shownOptions.split(" ").includes(chosen);
}

function stand(target) {
  const criterion = target.closest?.('[data-scorecard="try"] [data-criterion]');
  if (!criterion) return;
  const form = criterion.closest("[data-scorecard]");
  for (const other of form.querySelectorAll(".criterion--here")) if (other !== criterion) other.classList.remove("criterion--here");
  criterion.classList.add("criterion--here");
  const here = form.querySelector("input[name=here]");
  if (here) here.value = criterion.dataset.criterion;
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-scorecard]");
  if (!form) return;
  stand(event.target);
  // in their order: a condition names a criterion above
  for (const criterion of form.querySelectorAll("[data-shown-if]")) criterion.hidden = !isShown(form, criterion);
}, true);

// not while a button is down: what folds then would move the option away from under it
document.addEventListener("pointerdown", () => { isPointing = true; }, true);
document.addEventListener("focusin", (event) => { if (!isPointing) stand(event.target); });
document.addEventListener("click", (event) => {
  isPointing = false;
  stand(event.target);
});
document.addEventListener("pointercancel", () => { isPointing = false; }, true);
