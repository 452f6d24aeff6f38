// Skipping a call: the dialog with the reasons, which digits choose.
import { isComposing, isTyping, onKeys } from "./keys.js";
import { form } from "./criteria.js";
import { fetched, sayAhead } from "./next-call.js";

document.addEventListener("keydown", (event) => {
  const reasons = document.querySelector("dialog[open] form[data-skip]");
  if (!reasons || isComposing(event) || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
  const reason = reasons.querySelector(`[data-digit="${event.key}"]`);
  if (!reason) return;
  event.preventDefault();
  if (reason.dataset.needsNote !== undefined && !reasons.elements.note.value.trim()) reasons.elements.note.focus();
  else reason.click();
});

document.addEventListener("submit", (event) => {
  const reasons = event.target;
  if (!reasons.matches("form[data-skip]") || !form()) return;
  const coming = fetched();
  if (coming) {
    event.preventDefault();
    coming.then(() => reasons.requestSubmit(event.submitter));
    return;
  }
  reasons.elements.token.value = form().elements.token.value;
  sayAhead(reasons);
});

onKeys({
  skip_call: () => {
    const link = document.getElementById("skip");
    link?.click();
    return Boolean(link);
  },
});
