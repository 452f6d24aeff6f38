// [data-copy] puts its value on the clipboard and says so. Hidden until scripts run: the text can be selected anyway.

const SAID_MS = 1500;

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain http on another host has no clipboard: borrow a selection.
  const box = document.createElement("textarea");
  box.value = text;
  document.body.append(box);
  box.select();
  document.execCommand("copy");
  return box.remove();
}

function reveal(root) {
  root.querySelectorAll("[data-copy][hidden]").forEach((button) => { button.hidden = false; });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await copy(button.dataset.copy);
  const label = button.getAttribute("aria-label");
  button.classList.add("button--on");
  button.setAttribute("aria-label", button.dataset.copied);
  setTimeout(() => {
    button.classList.remove("button--on");
    button.setAttribute("aria-label", label);
  }, SAID_MS);
});

document.addEventListener("htmx:load", (event) => reveal(event.target));
reveal(document);
