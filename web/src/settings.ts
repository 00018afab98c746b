/** Small things that the phone keeps from one visit to the next, where it keeps anything at all. */
type SettingName = "app" | "employer" | "locked" | "near";

export function readSetting(what: SettingName): string {
  try {
    return localStorage.getItem(`yihui.${what}`) ?? "";
  } catch {
    return "";
  }
}

export function storeSetting(what: SettingName, value: string): void {
  try {
    localStorage.setItem(`yihui.${what}`, value);
  } catch {
    // then the next visit has forgotten it
  }
}
