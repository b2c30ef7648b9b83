"""The style sheet of the controls, in JupyterLab's own colours, so that they follow its theme."""

CSS = """<style>
.swk-control { box-sizing: border-box; width: 100%; max-width: 760px; padding: 10px 14px 12px; margin: 2px 0 6px;
  border: 1px solid var(--jp-border-color1); border-radius: 6px; background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1); overflow: visible; }
.swk-control .widget-html, .swk-control .widget-html-content { height: auto; margin: 0; line-height: 1.5;
  color: var(--jp-ui-font-color1); font-size: var(--jp-ui-font-size1); white-space: normal; overflow: visible; }
.swk-control .swk-row { flex-flow: row wrap; align-items: center; gap: 2px 10px; overflow: visible; }
.swk-control .swk-row > .widget-html { flex: 1 1 150px; }
/* A machine: its buttons stay in a row, and its state has a line of its own where there is no room beside them. */
.swk-control .swk-columns { flex-flow: row wrap; align-items: center; gap: 2px 10px; overflow: visible; }
.swk-control .swk-buttons { flex: 0 1 auto; flex-flow: row wrap; overflow: visible; }
.swk-control .swk-buttons > .jupyter-button { flex: 0 0 auto; }
.swk-control .swk-columns > .widget-html { flex: 1 1 30ch; }
.swk-control .swk-title { font-weight: 600; font-size: var(--jp-ui-font-size2); }
.swk-control .swk-about { color: var(--jp-ui-font-color1); opacity: .85; margin-bottom: 4px; }
.swk-control code { color: var(--jp-ui-font-color1); background: var(--jp-layout-color2); padding: 1px 5px;
  border-radius: 3px; font-family: var(--jp-code-font-family); overflow-wrap: anywhere; }
.swk-control .widget-label { color: var(--jp-ui-font-color1); text-align: left; }
.swk-control .swk-good { font-weight: 600; white-space: nowrap; }
.swk-control .swk-problem { border-left: 4px solid var(--jp-error-color1); padding: 2px 0 2px 8px; margin-top: 4px; }
.swk-warn { border-left: 4px solid var(--jp-warn-color1); padding: 2px 0 2px 8px; }
.swk-control :focus-visible { outline: 2px solid var(--jp-brand-color1); outline-offset: 1px; }
.swk-control .jupyter-button:disabled { opacity: .4; }
/* ipywidgets' own arrow is black in every theme. */
.swk-control select { background-image: url("data:image/svg+xml,\
%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 18 18'%3E\
%3Cpath fill='none' stroke='%23888' stroke-width='2' d='M4 7l5 5 5-5'/%3E%3C/svg%3E"); }
.swk-cards { flex-flow: row wrap; align-items: stretch; gap: 8px; overflow: visible; }
.swk-cards > .swk-control { flex: 1 1 400px; width: auto; max-width: none; margin: 0; }
.swk-cards > .swk-control:first-child { flex: 1 1 290px; }
.swk-dashboard { container-type: inline-size; max-width: 760px; gap: 8px; overflow: visible; }
.swk-cards .swk-queued { display: none !important; }
/* Its charts are as wide as its cards: JupyterLab leaves a margin beside other HTML. */
.jp-OutputArea:has(.swk-dashboard) .jp-OutputArea-output:has(> figure.swk-live) { padding-right: 0; }
.jp-OutputArea:has(.swk-dashboard) figure.swk-live > img { width: 100%; max-width: min(100%, 760px) !important; }
.swk-sentence { font-size: var(--jp-ui-font-size2); font-weight: 600; }
/* What is said changes all the time, and what stands below it must not jump: it has its height from the beginning. */
.swk-control .swk-state { min-height: 1.5em; }
.swk-cards .swk-said { height: 4.2em; overflow-y: auto; }
.swk-cards .swk-absence { visibility: hidden; height: 1.5em; overflow: hidden; }
.swk-dashboard .swk-told { height: 3.9em; overflow-y: auto; }
.swk-dashboard .swk-row > .swk-why { flex: 1 1 320px; height: 4.8em; overflow-y: auto; }
@container (max-width: 600px) { .swk-dashboard .swk-told, .swk-dashboard .swk-row > .swk-why { height: 6.2em; } }
.swk-dashboard > .swk-queued { height: 1.8em; margin: 0; }
/* The slider's handle has no name for a screen reader (ipywidgets 8.1), which has the field and the buttons
   instead. Only its touch area, which has no role, is visible: a mouse moves it as before. */
.swk-control .noUi-handle { visibility: hidden; }
.swk-control .noUi-touch-area { visibility: visible; border-radius: 50%; background: var(--jp-brand-color1);
  border: 2px solid var(--jp-layout-color1); box-sizing: border-box; cursor: grab; }
/* While it is dragged, the number beside it is the only one that follows at once. */
.swk-control .widget-readout { visibility: hidden; color: var(--jp-ui-font-color1); }
.swk-control .slider-container:has(.noUi-active) + .widget-readout { visibility: visible; }
/* A cell runs: said after a moment only, because each click makes the kernel busy for an instant. */
.swk-queued { visibility: hidden; }
.jp-NotebookPanel:has(.jp-Notebook-ExecutionIndicator[data-status="busy"]) .swk-queued {
  animation: swk-appear 0s .6s forwards; }
/* ipywidgets marks each widget without a kernel with a broken chain; one sentence says it better. */
.swk-stored { display: none; }
.jupyter-widgets-disconnected > .swk-stored { display: block; }
.swk-cards .jupyter-widgets-disconnected > .swk-stored { display: none; }
.swk-panel.jupyter-widgets-disconnected, .swk-panel .jupyter-widgets-disconnected { pointer-events: none; }
.swk-panel.jupyter-widgets-disconnected::before, .swk-panel .jupyter-widgets-disconnected::before { content: none; }
@keyframes swk-appear { to { visibility: visible; } }
</style>"""
