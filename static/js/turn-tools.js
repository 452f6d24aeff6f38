// The tools of a turn, made from every <template data-tools> of the page when the reader points at it or stands on it:
// thousands of turns carry none. What they do is listened for elsewhere, by their attributes.

function copyable(turn) {
  const time = turn.dataset.at === undefined ? "" : `${turn.querySelector(".turn__time").textContent} `;
  return time + turn.querySelector(".bubble").textContent.trim();
}

function equip(turn) {
  const templates = document.querySelectorAll("template[data-tools]");
  if (!templates.length || turn.querySelector(".turn__tools")) return;
  const tools = document.createElement("span");
  tools.className = "turn__tools";
  tools.append(...[...templates].map((template) => template.content.cloneNode(true)));
  tools.querySelectorAll("[data-copy='']").forEach((button) => { button.dataset.copy = copyable(turn); });
  turn.querySelector(".turn__line").append(tools);
}

for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, (event) => {
    const turn = event.target.closest?.("[data-turn]");
    if (turn) equip(turn);
  });
}
document.addEventListener("turn-changed", (event) => equip(event.detail.turn));
