// A prebuilt JupyterLab extension, written by hand: there is no build step. This file is what a bundler would make of
// it, a container with `init` and `get`; the other files are modules that the browser loads from the same folder.
(() => {
  const here = document.currentScript.src;
  let shared;

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB['swarm-panel'] = {
    init: scope => { shared = scope; },
    get: async () => {
      // A package that JupyterLab has loaded itself, such as "@lumino/widgets".
      const use = async name => (await Object.values(shared[name])[0].get())();
      const { plugins } = await import(new URL('plugins.js', here));
      const made = await plugins(use);
      return () => ({ __esModule: true, default: made });
    },
  };
})();
