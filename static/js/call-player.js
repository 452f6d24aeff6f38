// <call-player> over a native <audio controls>: our dock, keys, a remembered speed. Without scripts the native one stays.
import { onKeys } from "./keys.js";

const STEP = 3;
const STRIDE = 10;
const SPEED = "player-speed";

function clock(seconds) {
  const whole = Math.floor(seconds || 0);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

class CallPlayer extends HTMLElement {
  connectedCallback() {
    this.audio = this.querySelector("audio");
    this.seekBar = this.querySelector(".player__seek");
    this.speed = this.querySelector(".player__speed");
    this.playButton = this.querySelector("[data-act=toggle]");
    this.audio.controls = false;
    this.querySelector(".player__dock").hidden = false;
    this.#listen();
    this.setSpeed(localStorage.getItem(SPEED) ?? "1");
    this.paint();
    if (this.audio.error) this.fail(); // it failed before this script came
  }

  #listen() {
    for (const name of ["play", "pause", "ended", "timeupdate", "seeked", "loadedmetadata", "durationchange"]) {
      this.audio.addEventListener(name, () => this.paint());
    }
    this.audio.addEventListener("error", () => this.fail());
    this.seekBar.addEventListener("input", () => this.seek(Number(this.seekBar.value)));
    this.speed.addEventListener("change", () => this.setSpeed(this.speed.value));
    this.addEventListener("click", (event) => {
      const act = event.target.closest("[data-act]")?.dataset.act;
      if (act === "toggle") this.toggle();
      if (act === "back") this.skip(-STEP);
      if (act === "forward") this.skip(STEP);
    });
  }

  get total() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : Number(this.seekBar.max);
  }

  toggle() {
    if (this.audio.paused) this.audio.play().catch(() => this.fail());
    else this.audio.pause();
  }

  seek(seconds) {
    this.audio.currentTime = Math.min(Math.max(seconds, 0), this.total);
    this.paint();
  }

  skip(seconds) {
    this.seek(this.audio.currentTime + seconds);
  }

  setSpeed(value) {
    if (![...this.speed.options].some((option) => option.value === value)) return;
    this.speed.value = value;
    this.audio.playbackRate = this.audio.defaultPlaybackRate = Number(value);
    localStorage.setItem(SPEED, value);
  }

  stepSpeed(step) {
    const options = [...this.speed.options];
    const option = options[this.speed.selectedIndex + step];
    if (option) this.setSpeed(option.value);
  }

  fail() {
    if (!this.audio.error && this.audio.readyState > 0) return; // a play that a pause overtook
    const line = this.querySelector(".player__failed");
    line.textContent = this.dataset.failed;
    line.hidden = false;
  }

  paint() {
    const now = this.audio.currentTime;
    this.seekBar.max = String(this.total);
    this.seekBar.value = String(now);
    const share = this.total ? `${((now / this.total) * 100).toFixed(2)}%` : "0";
    for (const mark of this.querySelectorAll("[data-lane]")) mark.setAttribute(mark.dataset.lane, share);
    this.seekBar.setAttribute("aria-valuetext", `${clock(now)} / ${clock(this.total)}`);
    this.querySelector("[data-now]").textContent = clock(now);
    this.querySelector("[data-total]").textContent = clock(this.total);
    this.toggleAttribute("playing", !this.audio.paused);
    this.playButton.setAttribute("aria-label", this.playButton.dataset[this.audio.paused ? "play" : "pause"]);
  }
}

customElements.define("call-player", CallPlayer);

/** The player of this page, when there is sound. */
export function player() {
  return document.querySelector("call-player");
}

// A focused button, link or list keeps its own keys; the position slider gives them to the player.
const OWN_KEYS = "a[href], button, select, summary, input:not([type=range])";

function act(action) {
  return (event) => {
    const dock = player();
    if (!dock || event.target.closest?.(OWN_KEYS)) return false;
    action(dock);
    return true;
  };
}

onKeys({
  Space: act((dock) => dock.toggle()),
  ArrowLeft: act((dock) => dock.skip(-STEP)),
  ArrowRight: act((dock) => dock.skip(STEP)),
  "Shift+ArrowLeft": act((dock) => dock.skip(-STRIDE)),
  "Shift+ArrowRight": act((dock) => dock.skip(STRIDE)),
  BracketLeft: act((dock) => dock.stepSpeed(-1)),
  BracketRight: act((dock) => dock.stepSpeed(1)),
});
