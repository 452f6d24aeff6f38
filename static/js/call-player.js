// <call-player> over a native <audio controls>: our dock, what the reader last chose, stretches to play or repeat.
// Says "sound-moved" with { now, isPlaying } as often as the screen is drawn. Without scripts the native one stays.
import { afterSilence, savedBySkipping } from "./silence.js";
import { clock, onDrag, paintLane } from "./lane.js";
import { keep, listening } from "./listening.js";

const STEP = 3;

class CallPlayer extends HTMLElement {
  connectedCallback() {
    this.audio = this.querySelector("audio");
    this.seekBar = this.querySelector(".player__seek");
    this.speed = this.querySelector(".player__speed");
    this.volume = this.querySelector(".player__volume");
    this.audio.controls = false;
    this.querySelector(".player__dock").hidden = false;
    this.#listen();
    const { speed, volume, skips_silence: skips } = listening(this);
    this.setSpeed(speed);
    this.setVolume(volume);
    this.setSkipping(skips === "on");
    this.paint();
    if (this.audio.error) this.fail(); // it failed before this script came
    this.#playClip();
  }

  #listen() {
    for (const name of ["pause", "ended", "timeupdate", "seeked", "loadedmetadata", "durationchange"]) {
      this.audio.addEventListener(name, () => this.move());
    }
    this.audio.addEventListener("play", () => this.#run());
    this.audio.addEventListener("error", () => this.fail());
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

  get now() {
    return this.audio.currentTime;
  }

  get isRepeating() {
    return Boolean(this.stretch?.isRepeated);
  }

  toggle() {
    if (this.audio.paused) this.play();
    else this.audio.pause();
  }

  play() {
    this.audio.play().catch((error) => error.name === "NotAllowedError" || this.fail());
  }

  seek(seconds) {
    const to = Math.min(Math.max(seconds, 0), this.total);
    if (this.stretch && (to < this.stretch.start - 0.05 || to > this.stretch.end)) this.release();
    this.audio.currentTime = to;
    this.move();
  }

  skip(seconds) {
    this.seek(this.now + seconds);
  }

  /** Plays from start to end, in seconds, and stops there or begins anew. */
  playStretch(start, end, isRepeated) {
    this.stretch = null;
    this.seek(start);
    this.stretch = { start, end, isRepeated };
    this.paint();
    this.play();
  }

  /** No end but that of the recording. */
  release() {
    this.stretch = null;
    this.paint();
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

  /** Keeps to the stretch, leaps over silence, and shows where the sound is. */
  move() {
    if (!this.audio.paused) this.#steer();
    this.paint();
    const detail = { now: this.now, isPlaying: !this.audio.paused };
    this.dispatchEvent(new CustomEvent("sound-moved", { bubbles: true, detail }));
  }

  #steer() {
    const { stretch } = this;
    if (stretch && this.now >= stretch.end) {
      if (stretch.isRepeated) return void (this.audio.currentTime = stretch.start);
      this.stretch = null;
      return this.audio.pause();
    }
    const next = this.isSkipping ? afterSilence(this.now, this.total) : null;
    if (next !== null) this.audio.currentTime = next;
    return undefined;
  }

  #run() {
    this.move();
    if (!this.audio.paused) requestAnimationFrame(() => this.#run());
  }

  #drag(seconds, isDone) {
    this.dragged = isDone ? null : seconds;
    if (isDone) this.seek(seconds);
    else this.paint();
  }

  #playClip() {
    const [start, end] = (new URLSearchParams(location.search).get("t") ?? "").split("-").map(Number);
    if (end > start && start >= 0) this.playStretch(start, end, false);
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
