/**
 * Forms with papers: photos are drawn smaller, and a file goes up in parts as soon as it is
 * chosen. Without this file the form sends the file as it is.
 */
import { MOST_TO_SHRINK, shrinkPhoto } from "./me/shrink";
import { type AttachedFile, Refused, sendFile } from "./me/upload";
import { translate } from "./translation";

if ("subtle" in crypto) document.querySelectorAll<HTMLElement>("[data-place]").forEach(offerUpload);

function offerUpload(papers: HTMLElement): void {
  const chosen = papers.querySelector<HTMLInputElement>("input[type=file]");
  const title = papers.querySelector<HTMLInputElement>("input[name=title]");
  const button = papers.querySelector<HTMLButtonElement>("button[value=attach]");
  const progress = papers.querySelector<HTMLElement>("[data-progress]");
  if (!chosen || !title || !button || !progress) return;
  const tell = (text: string) => {
    progress.hidden = false;
    progress.textContent = text;
  };
  chosen.addEventListener("change", () => {
    const file = chosen.files?.[0];
    const words = file && refusalOf(file, Number(papers.dataset.most));
    if (!words) return;
    chosen.value = ""; // it is not sent
    tell(words);
  });
  // Also where she taps “hand in” with a file chosen: the file goes up first, and then the form without it.
  papers.closest("form")?.addEventListener("submit", (event) => {
    const [file, form, tapped] = [chosen.files?.[0], event.target, event.submitter];
    if (!file || !(form instanceof HTMLFormElement)) return;
    event.preventDefault();
    const buttons = [...form.querySelectorAll("button")].filter((one) => !one.disabled);
    for (const one of buttons) one.disabled = true;
    void attach(papers, file, title.value, tell)
      .then(() => {
        chosen.value = title.value = "";
        return true;
      })
      .catch((error: unknown) => {
        tell(error instanceof Refused ? error.message : translate("The network is gone. Tap “Attach it” again: it goes on where it ended."));
        return false;
      })
      .then((isAttached) => {
        for (const one of buttons) one.disabled = false;
        if (isAttached && tapped && tapped !== button) form.requestSubmit(tapped);
      });
  });
}

async function attach(papers: HTMLElement, file: File, title: string, tell: (text: string) => void): Promise<void> {
  tell(translate("The photo is made smaller …"));
  const smaller = await shrinkPhoto(file);
  if (smaller.size > Number(papers.dataset.most)) throw new Refused(tooBig(smaller.size, Number(papers.dataset.most)), "");
  tell(translate("Sent: {percent} %", { percent: 0 }));
  const made = await sendFile(smaller, papers.dataset.place ?? "", title, (share, waits) =>
    tell(waits ? translate("The network is gone. It goes on by itself …") : translate("Sent: {percent} %", { percent: Math.floor(share * 100) })),
  );
  addLine(papers, made);
  tell(translate("The file was attached."));
}

/** What is too big even to be made smaller is refused before anything is sent. */
function refusalOf(file: File, most: number): string {
  const isPhoto = file.type.startsWith("image/");
  return file.size > (isPhoto ? MOST_TO_SHRINK : most) ? tooBig(file.size, isPhoto ? MOST_TO_SHRINK : most) : "";
}

function tooBig(size: number, most: number): string {
  return translate("The file has {megabytes} MB; at most {most} MB can be sent. Photograph it at a lower resolution, or send its pages one by one.", {
    megabytes: (size / (1 << 20)).toFixed(1),
    most: most >> 20,
  });
}

function addLine(papers: HTMLElement, { number, title }: AttachedFile): void {
  const list = papers.querySelector("[data-waiting]");
  const line = papers.querySelector<HTMLTemplateElement>("template[data-line]")?.content.firstElementChild?.cloneNode(true);
  if (!list || !(line instanceof HTMLElement) || list.querySelector(`[value="remove-${number}"]`)) return;
  const [link, button] = [line.querySelector("a"), line.querySelector("button")];
  if (!link || !button) return;
  link.href = `/me/files/${number}`;
  link.textContent = title;
  button.value = `remove-${number}`;
  list.append(line);
}
