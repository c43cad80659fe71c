// A code can be sent again after a while: the button counts down to it.

export default function (button) {
  const words = button.textContent;
  let left = Number(button.dataset.wait);
  const tick = () => {
    button.disabled = left > 0;
    button.textContent = left > 0 ? button.dataset.words.replace("{n}", left) : words;
    if (left-- > 0) setTimeout(tick, 1000);
  };
  tick();
}
