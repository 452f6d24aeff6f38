// <call-player> over a native <audio controls>: our dock, and what the reader last chose. Without scripts the native one
// stays.
import { Sound } from "./sound.js";
import { savedBySkipping } from "./silence.js";
import { clock, onDrag, paintLane } from "./lane.js";
import { keep, listening } from "./listening.js";

const STEP = 3;

class CallPlayer extends Sound {
  connectedCallback() {
    this.audio = this.querySelector("audio");
    this.seekBar = this.querySelector(".player__seek");
    this.speed = this.querySelector(".player__speed");
    this.volume = this.querySelector(".player__volume");
    this.audio.controls = false;
    this.querySelector(".player__dock").hidden = false;
    this.listen();
    this.#obey();
    const { speed, volume, skips_silence: skips } = listening(this);
    this.setSpeed(speed);
    this.setVolume(volume);
    this.setSkipping(skips === "on");
    this.paint();
    if (this.audio.error) this.fail(); // it failed before this script came
    this.playClip();
  }

  #obey() {
    this.addEventListener("htmx:afterSettle", () => this.paint()); // another picture
    this.seekBar.addEventListener("input", () => this.seek(Number(this.seekBar.value)));
    this.speed.addEventListener("change", () => this.setSpeed(this.speed.value));
    this.volume.addEventListener("input", () => this.setVolume(this.volume.value));
    onDrag(this.querySelector(".player__lane"), (share, isDone) => this.#drag(share * this.total, isDone));
    const acts = { toggle: () => this.toggle(), back: () => this.skip(-STEP), forward: () => this.skip(STEP), quiet: () => this.setSkipping(!this.isSkipping) };
    this.addEventListener("click", (event) => acts[event.target.closest("[data-act]")?.dataset.act]?.());
  }

  get total() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : Number(this.seekBar.max);
  }

  setSpeed(value) {
    if (![...this.speed.options].some((option) => option.value === value)) return;
    this.speed.value = value;
    this.audio.playbackRate = this.audio.defaultPlaybackRate = Number(value);
    this.audio.preservesPitch = true;
    keep("speed", value);
  }

  stepSpeed(step) {
    const option = [...this.speed.options][this.speed.selectedIndex + step];
    if (option) this.setSpeed(option.value);
  }

  setVolume(value) {
    const volume = Math.min(Math.max(Number(value), 0), 1);
    if (Number.isNaN(volume)) return;
    this.volume.value = String(volume);
    this.audio.volume = volume;
    keep("volume", String(volume));
  }

  setSkipping(isSkipping) {
    this.isSkipping = isSkipping;
    keep("skips_silence", isSkipping ? "on" : "off");
    this.paint();
  }

  fail() {
    if (!this.audio.error && this.audio.readyState > 0) return; // a play that a pause overtook
    const line = this.querySelector(".player__failed");
    line.textContent = this.dataset.failed;
    line.hidden = false;
  }

  #drag(seconds, isDone) {
    this.dragged = isDone ? null : seconds;
    if (isDone) this.seek(seconds);
    else this.paint();
  }

  paint() {
    const now = this.dragged ?? this.now;
    this.seekBar.max = String(this.total);
    this.seekBar.value = String(now);
    paintLane(this, this.total ? now / this.total : 0);
    this.seekBar.setAttribute("aria-valuetext", `${clock(now)} / ${clock(this.total)}`);
    this.querySelector("[data-now]").textContent = clock(now);
    this.querySelector("[data-total]").textContent = clock(this.total);
    this.toggleAttribute("playing", !this.audio.paused);
    const play = this.querySelector("[data-act=toggle]");
    play.setAttribute("aria-label", play.dataset[this.audio.paused ? "play" : "pause"]);
    this.querySelector("[data-act=loop]").setAttribute("aria-pressed", String(this.isRepeating));
    this.#paintSkipping();
  }

  #paintSkipping() {
    const button = this.querySelector("[data-act=quiet]");
    const saved = Math.round(savedBySkipping(this.total));
    button.setAttribute("aria-pressed", String(this.isSkipping));
    button.querySelector("[data-saved]").textContent = saved > 0 ? button.dataset.saves.replace("{n}", saved) : "";
  }
}

customElements.define("call-player", CallPlayer);

/** The player of this page, when there is sound. */
export function player() {
  return document.querySelector("call-player");
}
