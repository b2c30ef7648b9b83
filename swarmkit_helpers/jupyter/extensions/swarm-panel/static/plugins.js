// What JupyterLab starts: terminals on the nodes, with a tile in the Launcher for each, and the panel in the right side
// area, where no document ever takes its place. Both show the state that one follower gets from the server.
import { connect } from './server.js';
import { fillPanel } from './panel.js';

const SHARE = 0.32; // of the window's width that the panel gets at first
const BOTH_MIN_PIXELS = 1200; // of the window's width, where the list of files and the panel leave room for a notebook
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16"><g class="jp-icon3" fill="#616161">
  <path d="M1 2h4v12H1zM6 2h4v12H6zM11 2h4v12h-4z"/></g></svg>`;

export async function plugins(use) {
  const { ILayoutRestorer } = await use('@jupyterlab/application');
  const { ICommandPalette } = await use('@jupyterlab/apputils');
  const { ILauncher } = await use('@jupyterlab/launcher');
  const { LabIcon, terminalIcon } = await use('@jupyterlab/ui-components');
  const { Widget } = await use('@lumino/widgets');
  const server = await connect(use);

  return [{
    id: 'swarm-panel:plugin',
    autoStart: true,
    optional: [ILauncher, ICommandPalette, ILayoutRestorer],
    // Nothing is awaited: JupyterLab is to be there also while no engine answers.
    activate: (app, launcher, palette, restorer) => {
      const { commands, shell } = app;
      const icon = new LabIcon({ name: 'swarm-panel:icon', svgstr: ICON });
      const panel = new Widget({ node: document.createElement('section') });
      panel.id = 'swarm-panel';
      panel.addClass('swarm-panel');
      panel.title.icon = icon;
      panel.title.caption = 'Swarm';

      commands.addCommand('swarm:terminal', {
        label: args => args.label ?? args.node ?? '',
        icon: terminalIcon,
        execute: args => openTerminal(app, args.node),
      });
      commands.addCommand('swarm:open', {
        label: () => panel.title.caption,
        icon,
        execute: () => shell.activateById(panel.id),
      });
      shell.add(panel, 'right', { rank: 100 });
      restorer?.add(panel, 'swarm-panel');
      // A layout that is saved has the panel as it was; where there is none, it is open.
      const fresh = shell.restored.then(layout => !layout || layout.fresh);
      fresh.then(open => { if (open) unfold(shell, panel); });

      server.texts.then(async texts => {
        panel.title.caption = texts.open;
        await fillPanel(panel, use, server, texts, node => commands.execute('swarm:terminal', { node }));
        panel.parent?.parent?.fit(); // only now its style sheet says how narrow it may be
        if (await fresh) unfold(shell, panel); // the list of files has opened since, and has taken some of its width
        palette?.addItem({ command: 'swarm:open', category: texts.title });
        showTiles(server, launcher, texts.title);
      });
    },
  }];
}

function unfold(shell, panel) {
  shell.expandRight?.();
  shell.activateById(panel.id);
  if (window.innerWidth < BOTH_MIN_PIXELS) shell.collapseLeft?.();
  let split = panel.parent;
  while (split && !split.setRelativeSizes) split = split.parent;
  const sizes = split?.relativeSizes() ?? [];
  if (sizes.length > 1) {
    const others = sizes.slice(0, -1);
    const all = others.reduce((sum, size) => sum + size, 0);
    split.setRelativeSizes([...others.map(size => size * (1 - SHARE) / all), SHARE]);
  }
}

// A tile for each node, which comes and goes with its machine.
function showTiles(server, launcher, category) {
  const tiles = new Map();
  server.follow(({ nodes }) => {
    const titles = new Map(nodes.filter(node => node.terminal).map(node => [node.name, node.terminal]));
    for (const [node, tile] of tiles) {
      if (!titles.has(node)) { tile.dispose(); tiles.delete(node); }
    }
    [...titles].forEach(([node, label], rank) => {
      if (launcher && !tiles.has(node)) {
        tiles.set(node, launcher.add({ command: 'swarm:terminal', args: { node, label }, category, rank }));
      }
    });
  });
}

// A terminal on the node, under the notebook: both stay in view. The server knows by the name what to run in it.
async function openTerminal({ commands, shell }, node) {
  const terminal = await commands.execute('terminal:open', { name: node });
  if (!terminal) return undefined; // it was open, and is in front now
  const widgets = [...shell.widgets('main')];
  const other = widgets.find(widget => widget !== terminal && widget.content?.session && !widget.context);
  const document = widgets.find(widget => widget.context);
  if (other) shell.add(terminal, 'main', { mode: 'tab-after', ref: other.id });
  else if (document) shell.add(terminal, 'main', { mode: 'split-bottom', ref: document.id });
  return terminal;
}
