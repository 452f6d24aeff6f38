// A fragment that could not be had says so: without this a click that fails looks like a click that did nothing.

const REST_MS = 8000;
const LONGEST_ADDRESS = 8000;
let timer;

function say(reason) {
  const toast = document.getElementById("failure");
  if (!toast) return;
  toast.querySelector("span").textContent = toast.dataset[reason];
  toast.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => { toast.hidden = true; }, REST_MS);
}

// Nobody clicked: the next time may bring it.
const isUnasked = (event) => event.target.matches?.("[data-while-visible]");

document.addEventListener("htmx:responseError", (event) => {
  if (isUnasked(event)) return undefined;
  const { status, responseText, responseURL } = event.detail.xhr;
  // The server reads no longer address, and a search in Chinese takes nine characters of it for one.
  if (status === 414 || (status === 400 && responseURL.length > LONGEST_ADDRESS)) return say("long");
  if (status !== 403) return say("refused");
  return say(responseText.includes("data-csrf") ? "expired" : "forbidden");
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => isUnasked(event) || say("offline"));
}
