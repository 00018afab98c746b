/** The key behind # in the link: sent once by POST, so that no log and no history holds it. */

import { show } from "./acts";
import { listen } from "./live";

export function sendKey(): void {
  void open();
  addEventListener("hashchange", () => void open());
}

/** Put the station's page in place of this one, without a second load where that is possible. */
async function open(): Promise<void> {
  const key = location.hash.slice(1);
  if (!key || key.startsWith("wrong-")) return; // a link to a field of the page
  history.replaceState(null, "", location.pathname + location.search);
  const form = document.createElement("form");
  form.method = "post";
  form.action = `/keep/key${location.search}`;
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "key";
  field.value = key;
  form.append(field);
  form.hidden = true;
  document.body.append(form);
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams({ key }) });
    if (!show(await answer.text(), answer.url)) form.submit();
    listen();
  } catch {
    form.submit(); // no network: the browser says so
  }
}
