/** Whether differences make of what is held what is sent whole: for tests. */
import { type Pack, type Saved, saved } from "./pack";

export function sameAfterEach(first: Pack, steps: [difference: Pack, whole: Pack | null][]): boolean[] {
  let held: Saved | null = saved(first, null);
  return steps.map(([difference, whole]) => {
    held = saved(difference, held);
    return JSON.stringify(held) === JSON.stringify(whole && saved(whole, null));
  });
}
