// While the card is shown the screen stays on.

export default function () {
  if (!navigator.wakeLock) return;
  const hold = () => {
    if (document.visibilityState === "visible") navigator.wakeLock.request("screen").catch(() => {});
  };
  document.addEventListener("visibilitychange", hold);
  hold();
}
