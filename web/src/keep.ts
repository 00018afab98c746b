/** The keeper's page: wires its parts. Without this file the forms do the same by hand. */

import { start as acts } from "./keep/acts";
import { start as key } from "./keep/key";
import { start as live } from "./keep/live";
import { start as readBack } from "./keep/read_back";

key();
acts();
readBack();
live();
