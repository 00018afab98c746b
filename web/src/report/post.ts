/** Sends to the site what a rider said, now or long after he said it. */

/** `data.counted` is told of rests, `data.number` and `data.at` of reports. */
export interface PostResult {
  status: number;
  data: { number?: unknown; at?: unknown; counts?: unknown; counted?: unknown; title?: unknown; errors?: { message?: string; remedy?: string }[] };
}

const PATIENCE_MS = 8000;
const AT_ONCE_MS = 60_000; // what is sent later than that says when it was
/** A wait, a login before the network, too many from one address: the same may be taken later. */
const TEMPORARY = [401, 403, 407, 408, 425, 429, 511];

/** `tapped`: when it was said, in ms; `as`: what that is called. Null where nobody answered, or somebody who can't now. */
export async function postJson(path: string, body: object, tapped: number, as: string): Promise<PostResult | null> {
  const late = Date.now() - tapped > AT_ONCE_MS;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang },
      body: JSON.stringify(late ? { ...body, [as]: new Date(tapped).toISOString() } : body),
      signal: stop.signal,
    });
    if (response.status >= 500) return null;
    return { status: response.status, data: (await response.json()) as PostResult["data"] };
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the same will never be taken. */
export function isRefused({ status }: PostResult): boolean {
  return status >= 400 && !TEMPORARY.includes(status);
}

export function resultText({ data }: PostResult): string {
  const told = (data.errors ?? []).map(({ message, remedy }) => [message, remedy].filter(Boolean).join(" · "));
  return told.join(" ") || String(data.title ?? "");
}
