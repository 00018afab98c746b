/** Makes a photo small on the phone before it is sent: a camera's has megabytes, and says where it was taken. */

const MOST_PX = 1200;
const MOST_BYTES = 240_000;
const QUALITIES = [0.8, 0.6, 0.4, 0.2];

export function startPhoto(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const input = form.querySelector<HTMLInputElement>("input[name=picture]");
    const file = input?.files?.[0];
    if (!input || !file) return;
    event.preventDefault();
    void shrink(file).then((small) => {
      const files = new DataTransfer();
      files.items.add(small);
      input.files = files.files;
      form.submit();
    });
  });
}

/** Return the picture with fewer pixels; what is no picture as it is, since the site says what is wrong with it. */
async function shrink(file: File): Promise<File> {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, MOST_PX / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.width * scale, picture.height * scale];
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    for (const quality of QUALITIES) {
      const made = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", quality));
      if (made && made.size <= MOST_BYTES) return new File([made], "photo.jpg", { type: "image/jpeg" });
    }
  } catch {
    // no picture
  }
  return file;
}
