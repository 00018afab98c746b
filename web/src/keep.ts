/** The keeper's page: wires its parts. Without this file the forms do the same by hand. */

import { startActs as acts } from "./keep/acts";
import { startHere as here } from "./keep/here";
import { sendKey as key } from "./keep/key";
import { startLiveUpdates as live } from "./keep/live";
import { startPhoto as photo } from "./keep/photo";
import { startReadBack as readBack } from "./keep/read_back";
import { startLooks as looks } from "./looks";

looks();
key();
acts();
photo();
here();
readBack();
live();
