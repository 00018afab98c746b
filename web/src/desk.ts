/** The officers' pages: parts that reload without the page, and the map. Without this file each form loads a page. */

import "htmx.org";

/** After a form was refused, its faults are read aloud and the keyboard goes on from there. */
document.getElementById("problems")?.focus();

/** The map below a list is drawn when it is first unfolded: it needs its size. */
const map = document.getElementById("map");
map?.addEventListener("toggle", () => void import("./desk/map").then(({ showStations }) => showStations(map)), { once: true });

const ruleText = document.querySelector<HTMLFormElement>("form#rule-text");
if (ruleText) void import("./desk/rule_text").then(({ followRuleText }) => followRuleText(ruleText));

const answer = document.getElementById("answer");
if (answer) void import("./desk/answer").then(({ followAnswer }) => followAnswer(answer));
