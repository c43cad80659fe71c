// The balance on the card counts from the number seen last to the one now; a new material catches the light once.

const still = matchMedia("(prefers-reduced-motion: reduce)");

export default function (card) {
  const number = card.querySelector("b");
  const now = Number(card.dataset.points);
  const words = number.textContent;
  const before = remembered("points", now);
  const material = remembered("material", card.dataset.material);
  if (material !== null && material !== card.dataset.material) card.classList.add("is-new");
  if (before === null || Number(before) === now || still.matches || !/^[\d\s.,’'٬]+$/.test(words)) return; // money stands still

  const format = new Intl.NumberFormat(document.documentElement.lang);
  const start = performance.now();
  const span = 700;
  const draw = (time) => {
    const done = Math.min(1, (time - start) / span);
    const eased = 1 - (1 - done) ** 3;
    number.textContent = done < 1 ? format.format(Math.round(Number(before) + (now - Number(before)) * eased)) : words;
    if (done < 1) requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);
}

function remembered(name, value) {
  try {
    const before = sessionStorage.getItem(name);
    sessionStorage.setItem(name, value);
    return before;
  } catch {
    return null; // storage is switched off: nothing to compare with
  }
}
