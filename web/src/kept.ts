/** Small things that the phone keeps from one visit to the next, where it keeps anything at all. */
type What = "app" | "near";

export function kept(what: What): string {
  try {
    return localStorage.getItem(`yihui.${what}`) ?? "";
  } catch {
    return "";
  }
}

export function keep(what: What, value: string): void {
  try {
    localStorage.setItem(`yihui.${what}`, value);
  } catch {
    // then the next visit has forgotten it
  }
}
