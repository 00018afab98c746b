/** The rider's page: wires its parts. Without this file the forms do the same by hand. */
import { startForm as asking } from "./question_form";
import { startEmployer as employer } from "./employer";
import { startBar as bar } from "./place_bar";
import { startPreferringApp as leading } from "./preferred_app";
import { startLooks as looks } from "./looks";
import { startMap as map } from "./map/index";
import { startOffline as offline } from "./offline";
import { startKeepingTown as near } from "./last_town";
import { startNews as news } from "./news";
import { createRiderPage } from "./page";
import { startPositioning as position } from "./position";
import { startReports as reports } from "./report";
import { startSharing as share } from "./share";

const page = createRiderPage();
// Reports first: what she found locked goes behind the other places before they are numbered.
for (const start of [asking, position, reports, near, employer, looks, bar, share, leading, map, offline, news]) start(page);
