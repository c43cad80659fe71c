// The phone's own share sheet, where it has one; else the button copies the link. The link itself stands there as text.

export default function (box) {
  const button = box.querySelector("button");
  const { url, title, text, copied } = box.dataset;
  if (!navigator.share && !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      if (navigator.share) {
        await navigator.share({ url, title, text });
      } else {
        await navigator.clipboard.writeText(url);
        button.textContent = copied;
      }
    } catch {
      getSelection().selectAllChildren(box.querySelector(".share-link")); // she changed her mind, or may not copy: there it is
    }
  });
}
