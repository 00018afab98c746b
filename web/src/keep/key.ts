/** The key behind # in the link: sent once by POST, so that no log and no history holds it. */

export function sendKey(): void {
  open();
  addEventListener("hashchange", open);
}

function open(): void {
  const key = location.hash.slice(1);
  if (!key) return;
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
  form.submit();
}
