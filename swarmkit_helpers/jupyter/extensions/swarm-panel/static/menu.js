// The menu of a node. It is JupyterLab's own kind of menu: theme, keyboard and screen readers are its business.

export async function makeMenu(use, terminal, send) {
  const { CommandRegistry } = await use('@lumino/commands');
  const { MenuSvg } = await use('@jupyterlab/ui-components');
  const commands = new CommandRegistry();
  const choose = {
    label: item => item.label,
    isEnabled: item => Boolean(item.request || item.terminal),
    execute: item => (item.terminal ? terminal(item.terminal) : send(item.request)),
  };
  commands.addCommand('choose', choose);
  commands.addCommand('choose-one-of', { ...choose, isToggled: item => item.chosen });
  const menu = new MenuSvg({ commands });

  // Open it under the button; the focus goes back there.
  return (button, groups) => {
    menu.clearItems();
    groups.forEach((items, number) => {
      if (number) menu.addItem({ type: 'separator' });
      for (const item of items) {
        menu.addItem({ command: item.chosen === undefined ? 'choose' : 'choose-one-of', args: item });
      }
    });
    const place = button.getBoundingClientRect();
    const closed = () => {
      menu.aboutToClose.disconnect(closed);
      button.setAttribute('aria-expanded', 'false');
      button.focus();
    };
    menu.aboutToClose.connect(closed);
    button.setAttribute('aria-expanded', 'true');
    menu.open(place.left, place.bottom);
    menu.activateNextItem();
  };
}
