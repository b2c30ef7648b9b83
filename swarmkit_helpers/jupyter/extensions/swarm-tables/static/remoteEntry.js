// A prebuilt JupyterLab extension, written by hand: there is no build step.
//
// JupyterLab breaks the lines of an output that are too long, also within a word. A table of docker is not legible then,
// so an output with one scrolls sideways. All others are broken between words: a sentence is to be read at a glance.
(() => {
  const OUTPUT = '.jp-RenderedText[data-mime-type="application/vnd.jupyter.stdout"]';
  const HEADS = /^[A-Z][A-Z ]*?(?: {2,}[A-Z][A-Z ]*?)+ *$/m; // CONTAINER ID   IMAGE   COMMAND
  const STYLE = `.jp-RenderedText pre { word-break: normal; overflow-wrap: anywhere; }
    .swk-wide pre { white-space: pre; overflow-x: auto; }`;

  function outputsOf(node) {
    if (!(node instanceof Element)) return [node.parentElement?.closest(OUTPUT)];
    return [node.closest(OUTPUT), ...node.querySelectorAll(OUTPUT)];
  }

  function mark(records) {
    const changed = records.flatMap(({ type, target, addedNodes }) => (type === 'childList' ? [...addedNodes] : [target]));
    for (const output of new Set(changed.flatMap(outputsOf))) {
      output?.classList.toggle('swk-wide', HEADS.test(output.textContent));
    }
  }

  function activate() {
    document.head.append(Object.assign(document.createElement('style'), { textContent: STYLE }));
    new MutationObserver(mark).observe(document.body, { childList: true, characterData: true, subtree: true });
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB['swarm-tables'] = {
    init: () => {},
    get: async () => () => ({ __esModule: true, default: [{ id: 'swarm-tables:plugin', autoStart: true, activate }] }),
  };
})();
