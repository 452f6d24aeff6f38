// The player's keys. A focused list, field or button keeps the keys that it needs; the position slider gives them away.
import { onKeys } from "./keys.js";
import { player } from "./call-player.js";
import { follow } from "./follow.js";
import { here } from "./turns.js";

const STEP = 3;
const STRIDE = 10;
const FIELDS = "select, input:not(.player__seek)";
const PRESSED = `${FIELDS}, button, summary`;

function act(action, owners = FIELDS) {
  return (event) => {
    const dock = player();
    if (!dock || event.target.closest?.(owners)) return false;
    action(dock);
    return true;
  };
}

/** Over and over the turn that the reader stands on, or no more. */
function loop(dock) {
  const turn = here();
  if (dock.isRepeating) return dock.release();
  if (turn?.dataset.at === undefined) return undefined;
  const next = turn.nextElementSibling?.dataset.at;
  const end = Number(turn.dataset.until ?? next ?? dock.total);
  follow();
  return dock.playStretch(Number(turn.dataset.at), Math.max(end, Number(turn.dataset.at) + 0.3), true);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-act=loop]") && player()) loop(player());
});

onKeys({
  play: act((dock) => dock.toggle(), PRESSED),
  back: act((dock) => dock.skip(-STEP)),
  forward: act((dock) => dock.skip(STEP)),
  far_back: act((dock) => dock.skip(-STRIDE)),
  far_forward: act((dock) => dock.skip(STRIDE)),
  slower: act((dock) => dock.stepSpeed(-1)),
  faster: act((dock) => dock.stepSpeed(1)),
  usual_speed: act((dock) => dock.setSpeed("1")),
  loop: act(loop),
  skip_silence: act((dock) => dock.setSkipping(!dock.isSkipping)),
});
