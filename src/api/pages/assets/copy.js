// A button on every block of code that copies it; without this script code is selected by hand.
'use strict';

{
  const { copy, copied } = document.currentScript.dataset;

  /** Pages that came without TLS have no clipboard but the one of a selection. */
  const copyTextOf = async (code) => {
    if (navigator.clipboard) await navigator.clipboard.writeText(code.textContent);
    else {
      getSelection().selectAllChildren(code);
      document.execCommand('copy');
    }
  };

  for (const block of document.querySelectorAll('.code')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = copy;
    button.addEventListener('click', async () => {
      await copyTextOf(block.querySelector('code'));
      button.textContent = copied;
      setTimeout(() => {
        button.textContent = copy;
      }, 2_000);
    });
    block.append(button);
  }
}
