/** What a rider near the border of the site's area is told: stations beyond it are not in the register. */
import { translate } from "../translation";
import { type Point, computeDistance } from "./geodesic";
import type { Region } from "./region";

const PER_DEGREE = 100;
const STEP_M = 1100; // the border is known so well

/** Empty where no place of another area can be within a distance. */
export function limitsText({ limits }: Region, from: Point, withinM: number): string {
  const { area = "", border = [] } = limits ?? {};
  for (let at = 0; at < border.length; at += 2) {
    const point: Point = [(border[at] ?? 0) / PER_DEGREE, (border[at + 1] ?? 0) / PER_DEGREE];
    if (computeDistance(from, point) > withinM + STEP_M) continue;
    return translate("Only places in {area} are listed here; one beyond its border may be nearer.", { area });
  }
  return "";
}
