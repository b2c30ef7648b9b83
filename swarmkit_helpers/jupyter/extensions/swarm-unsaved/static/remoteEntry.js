// A prebuilt JupyterLab extension, written by hand: there is no build step.
//
// ipywidgets calls a notebook unsaved as soon as it has made a widget (jupyterlab-manager 5.0, `setDirty`), also one that
// it has read from the notebook. So a notebook with controls was unsaved as soon as it was opened. Here a notebook is
// unsaved only when its content has changed since it was read or saved.
(() => {
  let shared;

  function watch(context) {
    const { model } = context;
    let changed = false; // it has just been read
    model.contentChanged.connect(() => { changed = true; });
    context.saveState.connect((_context, state) => {
      if (state === 'completed') changed = false;
    });
    const check = () => {
      if (model.dirty && !changed) model.dirty = false;
    };
    model.stateChanged.connect((_model, { name }) => {
      if (name === 'dirty') check();
    });
    check();
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB['swarm-unsaved'] = {
    init: scope => { shared = scope; },
    get: async () => {
      const { INotebookTracker } = (await Object.values(shared['@jupyterlab/notebook'])[0].get())();
      const activate = (_app, tracker) => {
        tracker.widgetAdded.connect((_tracker, { context }) => context.ready.then(() => watch(context)));
      };
      const plugin = { id: 'swarm-unsaved:plugin', autoStart: true, requires: [INotebookTracker], activate };
      return () => ({ __esModule: true, default: [plugin] });
    },
  };
})();
