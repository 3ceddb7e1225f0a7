// The first page: where the others are, and what Lockstep is not.

import { sayPage } from './said.js';
import { PLAIN } from './words-direct.js';

sayPage(PLAIN);
