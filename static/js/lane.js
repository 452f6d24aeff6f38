// The lane under the waveform: where the sound is, and dragging it elsewhere.

/** `1:02:03` or `0:07`. */
export function clock(seconds) {
  const whole = Math.floor(seconds || 0);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Moves whatever is marked with the attributes that hold the place: data-lane="x1 x2". */
export function paintLane(root, share) {
  const place = `${(share * 100).toFixed(2)}%`;
  for (const mark of root.querySelectorAll("[data-lane]")) {
    for (const name of mark.dataset.lane.split(" ")) mark.setAttribute(name, place);
  }
}

/** Calls moved(share of the width, is it let go) while a pointer is dragged. */
export function onDrag(lane, moved) {
  let isHeld = false;
  const share = (event) => {
    const { left, width } = lane.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - left) / width, 0), 1);
  };
  lane.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    isHeld = true;
    lane.setPointerCapture(event.pointerId);
    lane.querySelector("input").focus({ preventScroll: true, focusVisible: false });
    event.preventDefault(); // no selection
    moved(share(event), false);
  });
  lane.addEventListener("pointermove", (event) => isHeld && moved(share(event), false));
  const letGo = (event) => {
    if (isHeld) moved(share(event), true);
    isHeld = false;
  };
  lane.addEventListener("pointerup", letGo);
  lane.addEventListener("pointercancel", letGo);
}
