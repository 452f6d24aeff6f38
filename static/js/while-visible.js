// [data-while-visible] asks on and on only while somebody can see the page, and at once when it is seen again.

const asking = () => document.querySelectorAll("[data-while-visible]");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.target.matches("[data-while-visible]")) event.preventDefault();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) asking().forEach((place) => place.dispatchEvent(new Event("seen")));
});
