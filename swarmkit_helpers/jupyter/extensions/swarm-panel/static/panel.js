// The panel: nodes and their tasks, services, an explanation, and the latest command. All words come from the server.
import { element, setAttribute, setChildren, setText } from './elements.js';
import { makeMenu } from './menu.js';
import { makeReplay } from './replay.js';

export async function fillPanel(panel, use, server, texts, terminal) {
  const page = panel.node;
  await loadStyle(texts.kinds);

  const parts = {
    at: element('span', { class: 'swarm-at' }),
    sentence: element('p', { class: 'swarm-sentence', role: 'status' }),
    others: element('p', { class: 'swarm-others' }),
    services: element('ul', { class: 'swarm-services', 'aria-label': texts.services }),
    nodes: element('ul', { class: 'swarm-nodes', 'aria-label': texts.nodes }),
    waiting: element('ul', { class: 'swarm-tasks swarm-waiting', 'aria-label': texts.waiting }),
    why: element('div', { class: 'swarm-why', role: 'region', 'aria-label': texts.why, 'aria-live': 'polite' }),
    command: element('div', { class: 'swarm-command', role: 'status', 'aria-label': texts.command }),
  };
  parts.command.textContent = texts.noCommand;

  let latest = null; // the present state
  const replay = makeReplay(server, texts, state => draw(state), () => { if (latest) draw(latest); });
  const explain = makeExplain(server, page, parts.why, texts.askWhy, replay.at);
  const sender = makeSender(server, texts, parts.command);
  const openMenu = await makeMenu(use, terminal, sender.send);
  const drawTask = taskDrawer(explain.ask);
  const drawService = serviceDrawer(texts, sender.send);
  const drawNode = nodeDrawer(texts, openMenu, drawTask);

  setAttribute(page, 'aria-label', texts.title);
  page.append(
    element('header', { class: 'swarm-head' }, element('h2', {}, texts.title), parts.at),
    parts.sentence, parts.services,
    element('div', { class: 'swarm-stage', role: 'region', 'aria-label': texts.nodes },
      parts.nodes, element('h3', {}, texts.waiting), parts.waiting),
    parts.why, parts.command, parts.others, replay.row,
  );

  const draw = state => {
    const past = replay.at() !== null;
    page.classList.toggle('swarm-past', past);
    page.classList.toggle('swarm-away', Boolean(state.away) || !state.answers);
    setText(parts.at, (past ? texts.then : texts.changed).replace('{time}', state.at));
    setText(parts.sentence, state.away ? texts.serverAway : state.sentence);
    drawService.past = past;
    setChildren(parts.services, state.services, service => service.name, drawService.make, drawService.update);
    setChildren(parts.nodes, state.nodes, node => node.name, drawNode.make, drawNode.update);
    setChildren(parts.waiting, state.waiting, task => task.id, drawTask.make, drawTask.update);
    sender.noticed(state.command);
    explain.refresh();
  };
  const show = state => {
    latest = state;
    setText(parts.others, state.others);
    parts.others.hidden = !state.others;
    replay.grown();
    if (replay.at() === null) draw(state);
  };

  // Shift+Enter runs a cell; the button that was clicked before would take it for another click.
  page.addEventListener('keydown', event => {
    if (event.key === 'Enter' && event.shiftKey && event.target.closest('button')) event.preventDefault();
  });
  panel.disposed.connect(server.follow(show));
}

// The style sheet, and the colours of the kinds of tasks, which are those of the charts.
async function loadStyle(kinds) {
  const sheet = element('link', { rel: 'stylesheet', href: new URL('panel.css', import.meta.url) });
  const hatch = 'background-image: repeating-linear-gradient(135deg, transparent 0 5px, var(--jp-layout-color3) 5px 6px);';
  const rules = Object.entries(kinds).map(([kind, look]) => `
    .swarm-panel .swarm-${kind} { --swarm-edge: ${look.edge}; ${look.dashed ? 'border-style: dashed;' : ''} ${look.hatched ? hatch : ''} }
    .swarm-panel .swarm-${kind} .swarm-word::before { content: "${look.sign} " / ""; }`);
  const loaded = new Promise(done => { sheet.onload = sheet.onerror = done; });
  document.head.append(sheet, element('style', {}, rules.join('\n')));
  await loaded;
}

// A task is a button: it is asked why it is where it is. So is a container that a person runs by hand: its edge is dotted.
function taskDrawer(ask) {
  return {
    make: task => element('li', {}, element('button', { class: 'swarm-task', onclick: () => ask(task.id) },
      element('span', { class: 'swarm-name' }, element('span'), element('span')), element('span', { class: 'swarm-word' }))),
    update: (item, task) => {
      const [button] = item.children;
      const [name, word] = button.children;
      setAttribute(button, 'aria-label', task.label);
      setAttribute(button, 'title', task.label);
      button.dataset.task = task.id;
      setText(name.firstChild, task.service);
      setText(name.lastChild, task.slot);
      setText(word, task.word);
      setAttribute(button, 'class', `swarm-task swarm-${task.kind}${task.byHand ? ' swarm-by-hand' : ''}`);
      setAttribute(button, 'style', `--swarm-service: ${task.edge ?? 'var(--jp-ui-font-color1)'}`);
    },
  };
}

// A node is a button with a menu, over its tasks.
function nodeDrawer(texts, openMenu, drawTask) {
  const menus = new WeakMap();
  return {
    make: () => {
      const item = element('li', { class: 'swarm-node' });
      const button = element('button', {
        class: 'swarm-node-button', 'aria-haspopup': 'menu', 'aria-expanded': 'false',
        onclick: () => openMenu(button, menus.get(item)),
      }, element('b'), element('span', { class: 'swarm-facts' }), element('span', { class: 'swarm-marks' }));
      item.append(button, element('ul', { class: 'swarm-tasks' }), element('span', { class: 'swarm-none' }, texts.noTasks));
      return item;
    },
    update: (item, node) => {
      menus.set(item, node.menu);
      const [button, tasks, none] = item.children;
      const [name, facts, marks] = button.children;
      setAttribute(button, 'aria-label', node.label);
      button.disabled = !node.menu.length;
      setText(name, node.name);
      setText(facts, node.facts);
      setChildren(marks, node.marks, mark => mark.word, () => element('span'), (child, mark) => {
        setText(child, `${mark.sign} ${mark.word}`);
        setAttribute(child, 'class', mark.good ? 'swarm-mark' : 'swarm-mark swarm-bad');
      });
      item.classList.toggle('swarm-closed', node.marks.some(mark => !mark.good));
      setAttribute(tasks, 'aria-label', node.name);
      setChildren(tasks, node.tasks, task => task.id, drawTask.make, drawTask.update);
      none.hidden = node.tasks.length > 0;
      tasks.hidden = !none.hidden;
    },
  };
}

// A service with its number of replicas, which can be typed or stepped.
function serviceDrawer(texts, send) {
  const drawer = {};
  const pending = new WeakMap(); // by field, how many requests are under way
  const named = (text, service) => text.replace('{service}', service);
  return Object.assign(drawer, {
    make: ({ name }) => {
      const ask = async () => {
        if (number.value === '') return back();
        pending.set(number, (pending.get(number) ?? 0) + 1);
        const { problem } = await send({ verb: 'scale', service: name, replicas: Number(number.value) });
        pending.set(number, pending.get(number) - 1);
        if (problem) back();
      };
      const back = () => { if (!pending.get(number)) number.value = number.dataset.replicas; };
      const step = by => () => { number.value = Math.max(0, Number(number.value) + by); ask(); };
      const number = element('input', {
        type: 'number', min: '0', max: '99', class: 'swarm-number', 'aria-label': named(texts.replicas, name),
        onchange: ask, onblur: back,
      });
      const fewer = element('button', { class: 'swarm-step', 'aria-label': named(texts.fewer, name), onclick: step(-1) }, '−');
      const more = element('button', { class: 'swarm-step', 'aria-label': named(texts.more, name), onclick: step(1) }, '+');
      return element('li', {}, element('b', {}, name), element('span', { class: 'swarm-runs' }),
        element('span', { class: 'swarm-scale' }, fewer, number, more));
    },
    update: (item, service) => {
      const [, runs, scale] = item.children;
      const [, number] = scale.children;
      setText(runs, service.text);
      setAttribute(item, 'style', `--swarm-service: ${service.edge || 'transparent'}`);
      scale.hidden = service.replicas === null || drawer.past;
      // What is being typed or was just asked for is not moved back by an older state.
      const changed = number.dataset.replicas !== String(service.replicas);
      number.dataset.replicas = service.replicas;
      if (changed && document.activeElement !== number && !pending.get(number)) number.value = service.replicas;
    },
  });
}

// Requests are sent one after the other. The latest command is shown, and what became of it if it was sent from here.
function makeSender(server, texts, place) {
  let queue = Promise.resolve();
  let command = '';
  const code = text => element('code', { lang: 'en' }, text);
  const send = request => {
    queue = queue.then(async () => {
      const unanswered = { commands: [], problem: texts.serverAway };
      const result = await server.ask('request', request).catch(() => unanswered);
      command = result.commands.at(-1) ?? command;
      place.classList.toggle('swarm-refused', Boolean(result.problem));
      place.replaceChildren(...result.commands.map(code), result.problem ? `▲ ${result.problem}` : `✓ ${texts.accepted}`,
        ...(result.fix ? [element('br'), `${texts.fix} ${result.fix}`] : []));
      return result;
    });
    return queue;
  };
  const noticed = given => {
    if (given && given !== command) {
      command = given;
      place.classList.remove('swarm-refused');
      place.replaceChildren(code(given));
    }
  };
  return { send, noticed };
}

// The explanation of the task that was chosen last, as of the moment that is shown; it is asked for again when the state
// has changed. The task that is chosen again is left.
function makeExplain(server, page, place, invitation, moment) {
  place.textContent = invitation;
  let chosen = null;
  let shown = '';
  let asking = false;
  let outdated = false;
  const mark = () => page.querySelectorAll('.swarm-task').forEach(button =>
    setAttribute(button, 'aria-pressed', String(button.dataset.task === chosen)));
  const refresh = async () => {
    mark();
    outdated = chosen !== null;
    if (asking) return;
    asking = true;
    while (outdated) {
      outdated = false;
      const task = chosen;
      const { html } = await server.ask(`explain?task=${encodeURIComponent(task)}&at=${moment() ?? ''}`).catch(() => ({ html: shown }));
      if (task === chosen && html !== shown) {
        shown = html;
        place.innerHTML = html; // made by the server, which escapes all names
      }
    }
    asking = false;
  };
  const ask = task => {
    chosen = task === chosen ? null : task;
    if (!chosen) place.textContent = shown = invitation;
    refresh();
  };
  return { ask, refresh };
}
