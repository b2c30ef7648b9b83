// A prebuilt JupyterLab extension, written by hand: there is no build step.
//
// JupyterLab replaces all HTML of an output that is updated, so the table under a live figure would close at each
// change, and the keyboard would lose its place. Here a new table is as open as the one whose place it takes.
(() => {
  const TABLES = 'figure.swk-live details';
  let focused = null; // the title of a table, if the keyboard is there

  const tablesIn = nodes => [...nodes].flatMap(node =>
    node instanceof Element ? [...(node.matches(TABLES) ? [node] : node.querySelectorAll(TABLES))] : []);

  function keep(records) {
    for (const place of new Set(records.map(record => record.target))) {
      const here = records.filter(record => record.target === place);
      const old = tablesIn(here.flatMap(record => [...record.removedNodes]));
      const made = old.length ? tablesIn(here.flatMap(record => [...record.addedNodes])) : [];
      made.forEach((table, number) => {
        const before = old[number];
        if (!before || before === table) return;
        table.open = before.open;
        if (focused && before.contains(focused)) {
          focused = table.querySelector('summary');
          focused.focus({ preventScroll: true });
        }
      });
    }
  }

  function activate() {
    document.addEventListener('focusin', event => { focused = event.target.closest(`${TABLES} > summary`); });
    new MutationObserver(keep).observe(document.body, { childList: true, subtree: true });
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB['swarm-figures'] = {
    init: () => {},
    get: async () => () => ({ __esModule: true, default: [{ id: 'swarm-figures:plugin', autoStart: true, activate }] }),
  };
})();
