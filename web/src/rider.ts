/** The rider's page: wires its parts. Without this file the forms do the same by hand. */
import { start as asking } from "./asking";
import { open } from "./page";
import { start as position } from "./position";

const page = open();
for (const start of [asking, position]) start(page);
