// Where keys are chosen, a press of the key writes it down. Tab goes on, Backspace leaves the action without a key.
import { isComposing, nameOf } from "./keys.js";

const MODIFIERS = ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock"];
const LEFT_ALONE = ["Tab", "Shift+Tab", "Escape"];

function capsOf(name, drawn) {
  if (drawn[name]) return drawn[name];
  return name.replace(/^((?:\w+\+)*)(?:Key|Digit)?(.+)$/, (_all, held, cap) => held + (drawn[cap] ?? cap));
}

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("[data-key-field]");
  if (!field || isComposing(event) || MODIFIERS.includes(event.key)) return;
  const name = nameOf(event);
  if (LEFT_ALONE.includes(name)) return;
  event.preventDefault();
  field.value = name === "Backspace" ? "" : capsOf(name, JSON.parse(field.form.dataset.caps));
  field.select();
});
