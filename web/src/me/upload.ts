/** Sends a file in parts; cut off, it goes on where it ended, also after the page was opened anew with the same file. */

const PART = 256 << 10;
const UPLOADS = "/me/uploads";
const WAITS_MS = [1000, 2000, 4000, 8000];

export interface AttachedFile {
  number: number;
  title: string;
}

/** The server refused the file, in words for the member. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

interface Standing {
  upload: string;
  offset: number;
}

export async function sendFile(file: Blob, place: string, title: string, onProgress: (share: number, waits: boolean) => void): Promise<AttachedFile> {
  const digest = hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  const fields = new URLSearchParams({ place, title, length: String(file.size), digest });
  for (let failures = 0; ; failures++) {
    try {
      const begun = (await (await answered(fetch(UPLOADS, { method: "POST", body: fields }))).json()) as Standing | AttachedFile;
      if ("number" in begun) return begun; // it was attached, and the answer was lost
      return await sendParts(file, begun, (share) => {
        failures = 0; // it moves: the network is back
        onProgress(share, false);
      });
    } catch (error) {
      // Another tab has sent a part, or has attached the file.
      const isElsewhere = error instanceof Refused && ["resumed_upload.offset", "resumed_upload.unknown"].includes(error.code);
      if ((error instanceof Refused && !isElsewhere) || failures === WAITS_MS.length) throw error;
      onProgress(-1, true);
      await online(WAITS_MS[failures] ?? 1000);
    }
  }
}

async function sendParts(file: Blob, { upload, offset }: Standing, onProgress: (share: number) => void): Promise<AttachedFile> {
  for (let start = offset; ; ) {
    const answer = await answered(
      fetch(`${UPLOADS}/${upload}`, {
        method: "PATCH",
        headers: { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(start) },
        body: file.slice(start, start + PART),
      }),
    );
    start = Number(answer.headers.get("Upload-Offset"));
    onProgress(start / file.size);
    if (answer.status === 200) return (await answer.json()) as AttachedFile;
  }
}

async function answered(asked: Promise<Response>): Promise<Response> {
  const answer = await asked;
  if (answer.redirected) return leaveForLogin();
  if (answer.ok) return answer;
  if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
  const said = (await answer.json().catch(() => null)) as { code: string; message: string; remedy: string } | null;
  throw new Refused(said ? `${said.message} ${said.remedy}` : String(answer.status), said?.code ?? "");
}

/** The session is over: log in and come back here. What was typed stays on the phone. */
function leaveForLogin(): Promise<never> {
  const next = encodeURIComponent(location.pathname + location.search);
  location.assign(`/me/login?typed=yes&next=${next}`);
  return new Promise(() => undefined); // the page is left
}

/** Waits a while, or until the phone has a network again. */
function online(ms: number): Promise<void> {
  return new Promise((done) => {
    setTimeout(done, ms);
    window.addEventListener("online", () => done(), { once: true });
  });
}

function hex(digest: ArrayBuffer): string {
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
