// Replay: a slider over the record, with a tick for each command. Every entry of the record has a number.
import { element, setAttribute, setChildren } from './elements.js';

const STEP_MILLISECONDS = 250; // between two steps while it plays
const MOMENTS_MILLISECONDS = 2000; // between two looks at how long the record has become

// `show` is called with the state of the chosen moment, `leave` when the present is wanted again.
export function makeReplay(server, texts, show, leave) {
  let moments = { first: 0, last: 0, commands: [] };
  let at = null; // the number of the moment that is shown; null is the present
  let playing = false;

  const button = (sign, label, onclick) => element('button', { class: 'swarm-step', 'aria-label': label, title: label, onclick }, sign);
  const slider = element('input', { type: 'range', 'aria-label': texts.replay, oninput: () => go(Number(slider.value)) });
  const ticks = element('div', { class: 'swarm-ticks', 'aria-hidden': 'true' });
  const play = button('▶', texts.play, () => (playing ? stop() : start()));
  const now = element('button', { class: 'swarm-now', onclick: () => { stop(); present(); } }, texts.now);
  const commandBefore = () => moments.commands.findLast(command => command.number < place());
  const commandAfter = () => moments.commands.find(command => command.number > place());
  const row = element('div', { class: 'swarm-replay', role: 'group', 'aria-label': texts.replay },
    button('|◂', texts.commandBefore, () => pause(commandBefore()?.number ?? moments.first)),
    button('◂', texts.stepBack, () => pause(place() - 1)),
    play,
    button('▸', texts.stepForward, () => pause(place() + 1)),
    button('▸|', texts.commandAfter, () => pause(commandAfter()?.number ?? moments.last)),
    element('div', { class: 'swarm-track' }, ticks, slider), now);

  const present = () => {
    at = null;
    slider.setAttribute('aria-valuetext', texts.now);
    draw();
    leave();
  };
  const place = () => at ?? moments.last;
  const pause = number => { stop(); return go(number); };
  const stop = () => { playing = false; draw(); };

  const start = async () => {
    if (place() >= moments.last) at = moments.first;
    playing = true;
    while (playing && place() < moments.last) {
      const next = new Promise(wake => setTimeout(wake, STEP_MILLISECONDS));
      await go(place() + 1);
      await next;
    }
    stop();
  };

  // Only the moment that was chosen last is asked for, however fast the slider is moved. The end of the record is the present.
  let asking = null;
  const go = number => {
    if (number >= moments.last) return present();
    at = Math.max(number, moments.first);
    draw();
    asking ??= (async () => {
      for (let shown = null; at !== null && shown !== at;) {
        shown = at;
        const state = await server.ask(`state?at=${shown}`).catch(() => null);
        if (state && at !== null) {
          slider.setAttribute('aria-valuetext', `${state.at} ${state.command}`);
          show(state);
        }
      }
      asking = null;
    })();
    return asking;
  };

  const draw = () => {
    slider.min = moments.first;
    slider.max = Math.max(moments.last, moments.first + 1);
    slider.value = at ?? slider.max;
    now.disabled = at === null;
    play.textContent = playing ? '■' : '▶';
    setAttribute(play, 'aria-label', playing ? texts.pausePlay : texts.play);
    const length = Math.max(1, moments.last - moments.first);
    setChildren(ticks, moments.commands, command => command.number, () => element('i'), (tick, command) =>
      setAttribute(tick, 'style', `left: ${100 * (command.number - moments.first) / length}%`));
  };

  const learn = async () => {
    learning = null;
    moments = await server.ask('moments').catch(() => moments);
    draw();
  };
  let learning = null;
  draw();
  return {
    row,
    at: () => at,
    // How long the record has become is asked now and then; what is shown of the past does not change by it.
    grown: () => { learning ??= setTimeout(learn, MOMENTS_MILLISECONDS); },
  };
}
