// A prebuilt JupyterLab extension, written by hand: there is no build step.
//
// A line of progress is drawn again by the kernel that works. When that kernel has gone, nobody ends the line, and it
// would say for ever that the work goes on. Here it is replaced by the words that it brings for this case.
(() => {
  const GONE = ['starting', 'restarting', 'autorestarting', 'terminating', 'dead']; // what runs now did not draw it
  const LINE = /<div data-stopped="([^"]*)">.*?<\/div>/g;
  let shared;

  function end(cells) {
    for (const { type, outputs } of cells) {
      for (let place = 0; type === 'code' && place < outputs.length; place += 1) {
        const output = outputs.get(place).toJSON();
        const html = [output.data?.['text/html'] ?? ''].flat().join('');
        const ended = html.replace(LINE, '<div>$1</div>');
        if (ended !== html) outputs.set(place, { ...output, data: { ...output.data, 'text/html': ended } });
      }
    }
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB['swarm-progress'] = {
    init: scope => { shared = scope; },
    get: async () => {
      const { INotebookTracker } = (await Object.values(shared['@jupyterlab/notebook'])[0].get())();
      const activate = (_app, tracker) => {
        tracker.widgetAdded.connect((_tracker, { content, context }) => {
          context.sessionContext.statusChanged.connect((_session, status) => {
            if (content.model && GONE.includes(status)) end(content.model.cells);
          });
        });
      };
      const plugin = { id: 'swarm-progress:plugin', autoStart: true, requires: [INotebookTracker], activate };
      return () => ({ __esModule: true, default: [plugin] });
    },
  };
})();
