// What a link with hx-target="#ask" brings is shown as a dialog over the page; without a script it is a page of its own.

const dialog = () => document.querySelector("dialog[data-ask]");

document.addEventListener("htmx:afterSettle", () => {
  const here = dialog();
  if (here && !here.open && here.querySelector("#ask")?.childElementCount) here.showModal();
});

document.addEventListener("click", (event) => {
  const here = event.target.closest("dialog[data-ask]");
  if (!here || (event.target !== here && !event.target.closest("[data-close]"))) return;
  event.preventDefault();
  here.close();
});

// "close" does not bubble
document.addEventListener("close", (event) => {
  if (event.target === dialog()) event.target.querySelector("#ask").replaceChildren();
}, true);
