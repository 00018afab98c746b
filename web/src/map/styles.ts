/** The map's own styles, loaded with it: the page says where they are. */

let loading: Promise<void> | null = null;

/** Resolves when they are there. */
export function loadStyles(): Promise<void> {
  loading ??= new Promise<void>((resolve, reject) => {
    const address = document.querySelector<HTMLElement>("[data-map-styles]")?.dataset.mapStyles;
    if (!address) return reject(new Error("nothing says where the map's styles are: data-map-styles"));
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = address;
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => {
      loading = null;
      link.remove();
      reject(new Error("the map's styles can't be had"));
    });
    document.head.append(link);
  });
  return loading;
}
