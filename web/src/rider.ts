/** The rider's page: wires its parts. Without this file the forms do the same by hand. */

import { start as position } from "./position";

position();
