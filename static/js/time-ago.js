// <time-ago age="12">: an age that goes on counting. It starts from the server's figure, so a wrong clock here does no harm.

const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
const OFTEN_MS = 1000;

class TimeAgo extends HTMLElement {
  connectedCallback() {
    this.start = performance.now() - Number(this.getAttribute("age")) * 1000;
    this.setAttribute("aria-live", "off");
    this.timer = setInterval(() => this.paint(), OFTEN_MS);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  paint() {
    const seconds = Math.floor((performance.now() - this.start) / 1000);
    const [unit, size] = UNITS.find(([, least]) => seconds >= least) ?? ["s", 1];
    const words = this.dataset[unit].replace("{n}", Math.floor(seconds / size));
    if (words !== this.textContent) this.textContent = words;
  }
}

customElements.define("time-ago", TimeAgo);
