// A prebuilt JupyterLab extension, written by hand: there is no build step.
//
// JupyterLab colours each code cell in the language of the notebook. A cell that begins with %%node is a shell script,
// and here it is coloured as one, as soon as its first line says so.
(() => {
  const SCRIPT = /^\s*%%node\b/;
  const SHELL = 'text/x-sh';
  let shared;

  function follow(cell, notebook, languages) {
    const colour = async () => {
      const language = SCRIPT.test(cell.sharedModel.getSource()) ? SHELL : notebook.codeMimetype;
      if (cell.mimeType === language) return;
      // A language that is still being loaded for this cell would come after this one, and win.
      await languages.getLanguage(cell.mimeType);
      cell.mimeType = language;
    };
    cell.contentChanged.connect(colour);
    cell.mimeTypeChanged.connect(colour); // by JupyterLab, when the kernel has said its language
    colour();
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB['swarm-scripts'] = {
    init: scope => { shared = scope; },
    get: async () => {
      const use = async name => (await Object.values(shared[name])[0].get())();
      const { INotebookTracker } = await use('@jupyterlab/notebook');
      const { IEditorLanguageRegistry } = await use('@jupyterlab/codemirror');
      const activate = (_app, tracker, languages) => {
        const followAll = (notebook, cells) => {
          for (const cell of cells) {
            if (cell.type === 'code') follow(cell, notebook, languages);
          }
        };
        tracker.widgetAdded.connect((_tracker, { content, context }) => context.ready.then(() => {
          followAll(content, content.model.cells);
          content.model.cells.changed.connect((_cells, { newValues }) => followAll(content, newValues));
        }));
      };
      const requires = [INotebookTracker, IEditorLanguageRegistry];
      return () => ({ __esModule: true, default: [{ id: 'swarm-scripts:plugin', autoStart: true, requires, activate }] });
    },
  };
})();
