/** The rider's page: wires its parts. Without this file the forms do the same by hand. */
import { start as asking } from "./asking";
import { start as bar } from "./bar";
import { start as leading } from "./leading";
import { start as map } from "./map/index";
import { start as offline } from "./offline";
import { start as near } from "./near";
import { start as news } from "./news";
import { open } from "./page";
import { start as position } from "./position";
import { start as reports } from "./report";
import { start as share } from "./share";

const page = open();
for (const start of [asking, position, near, bar, share, leading, map, offline, reports, news]) start(page);
